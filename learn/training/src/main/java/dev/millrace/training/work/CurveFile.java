package dev.millrace.training.work;

import dev.millrace.models.CurvePoint;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/** Writes the course of a run for others to watch, one JSON object per line, replaced whole each time. */
public final class CurveFile {
    private CurveFile() {}

    public static void write(Path file, List<CurvePoint> curve) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (CurvePoint point : curve) {
            lines.append(String.format(
                    Locale.ROOT,
                    "{\"step\":%d,\"cpuSeconds\":%.3f,\"loss\":%.5f,\"ndcg10\":%.5f,\"hr10\":%.5f}%n",
                    point.step(),
                    point.cpuSeconds(),
                    point.loss(),
                    point.ndcg10(),
                    point.hr10()));
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".next");
        // Not a channel: interrupting the training thread must not cut this file.
        try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
