package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names of objects that a store was about to put, on disk before they are: what a crash leaves in the cold tier without a
 * checkpoint that names it would else be nobody's. That the file is there says that segments may lie in the cold tier. Owned by
 * the agent that puts.
 */
final class ColdPuts {
    static final String FILE = "cold-tier";

    private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}/[0-9a-f]{16}-[0-9a-f]{16}\\.(log|pack)");

    private final Path file;
    private final Disk disk;
    /** Names of earlier processes that still matter. */
    private final Set<String> names;

    private boolean written;

    /** @param before names that were noted before, and whose objects may still be there */
    ColdPuts(Path directory, Disk disk, List<String> before) {
        this.file = directory.resolve(FILE);
        this.disk = disk;
        this.names = new LinkedHashSet<>(before);
    }

    /** The names that were noted; a line that a crash cut off is none, since its object was not put. */
    static List<String> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            if (NAME.matcher(line).matches()) {
                names.add(line);
            }
        }
        return names;
    }

    /** The name is on disk when this returns. The first forgets what no longer matters. */
    void note(String name) throws IOException {
        if (!names.add(name) && written) {
            return;
        }
        if (written) {
            try (DiskFile open = disk.open(file)) {
                open.write(line(name), open.size());
                open.force();
            }
            return;
        }
        Path part = file.resolveSibling(FILE + ColdTier.SEALING);
        try (DiskFile open = disk.openOrCreate(part)) {
            open.truncate(0);
            open.write(line(String.join("\n", names)), 0);
            open.force();
        }
        disk.rename(part, file);
        disk.forceDirectory(file.resolveSibling(""));
        written = true;
    }

    private static ByteBuffer line(String text) {
        return ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.ISO_8859_1));
    }
}
