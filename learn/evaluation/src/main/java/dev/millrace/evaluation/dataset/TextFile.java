package dev.millrace.evaluation.dataset;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Opens the text files of a dataset, which may be compressed. */
final class TextFile {
    private static final int BUFFER_BYTES = 1 << 16;

    private TextFile() {}

    /** Whether the folder holds the file, plain or with {@code .gz}. */
    static boolean exists(Path folder, String name) {
        return Files.isRegularFile(folder.resolve(name)) || Files.isRegularFile(folder.resolve(name + ".gz"));
    }

    /** Opens {@code name} or {@code name.gz}. */
    static BufferedReader open(Path folder, String name) throws IOException {
        Path plain = folder.resolve(name);
        return open(Files.isRegularFile(plain) ? plain : folder.resolve(name + ".gz"));
    }

    /** Opens a file, compressed where its name says so. */
    static BufferedReader open(Path file) throws IOException {
        InputStream in = file.toString().endsWith(".gz")
                ? new GZIPInputStream(Files.newInputStream(file), BUFFER_BYTES)
                : Files.newInputStream(file);
        return new BufferedReader(
                new InputStreamReader(new BufferedInputStream(in, BUFFER_BYTES), StandardCharsets.UTF_8));
    }

    /** The place of a column in a header line. */
    static int column(String[] header, String name, String file) {
        for (int i = 0; i < header.length; i++) {
            if (header[i].equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException(
                file + " has no column '" + name + "'; its columns are " + String.join(", ", header));
    }
}
