package dev.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file of its owner alone, which gets its name when all of it is written; of one that was not, nothing stays. Owned by one thread.
 */
final class OutputFile implements AutoCloseable {
    private final Path file;
    private final Path writing;
    private final PrintWriter out;

    private OutputFile(Path file, Path writing) throws IOException {
        this.file = file;
        this.writing = writing;
        this.out = new PrintWriter(Files.newBufferedWriter(writing, StandardCharsets.UTF_8));
    }

    /** @param file which must not be there yet */
    static OutputFile create(Path file) throws IOException {
        if (Files.exists(file)) {
            throw new CommandFailedException(file + " is there already; name another file");
        }
        Path writing = file.resolveSibling(file.getFileName() + ".writing");
        // One that was killed left it.
        Files.deleteIfExists(writing);
        // What is in it may have been encrypted for a reason.
        return new OutputFile(
                file,
                Files.createFile(
                        writing, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    }

    PrintWriter out() {
        return out;
    }

    /** All is written. */
    void publish() throws IOException {
        out.close();
        if (out.checkError()) {
            throw new IOException(file + " could not be written whole");
        }
        Files.move(writing, file);
    }

    @Override
    public void close() throws IOException {
        out.close();
        Files.deleteIfExists(writing);
    }
}
