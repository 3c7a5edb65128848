package dev.millrace.storage;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes one snapshot file: named sections, a checksum per block, visible under its name only when it is whole and on
 * disk. Owned by one thread.
 */
public final class SnapshotWriter implements AutoCloseable {
    /** Begins a snapshot in a temporary file beside {@code target}. */
    public static SnapshotWriter create(Path target, SnapshotHeader header) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Begins a section; closing the stream ends it. One section is written at a time; names are unique. */
    public DataOutputStream section(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Forces everything to disk and gives the file its name, replacing an older one atomically. */
    public void commit() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Without {@link #commit()} before it, leaves nothing behind. */
    @Override
    public void close() throws IOException {}
}
