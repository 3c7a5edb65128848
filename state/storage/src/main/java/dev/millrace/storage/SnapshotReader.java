package dev.millrace.storage;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Reads one snapshot file; damage is reported with the section and block where it lies. Owned by one thread. */
public final class SnapshotReader implements AutoCloseable {
    /** @throws IOException when the file is no whole snapshot; the message says why */
    public static SnapshotReader open(Path file) throws IOException {
        throw new UnsupportedOperationException();
    }

    public SnapshotHeader header() {
        throw new UnsupportedOperationException();
    }

    /** The names of the sections, in the order in which they were written. */
    public List<String> sections() {
        throw new UnsupportedOperationException();
    }

    /** A stream over one section. Sections may be read in any order, one at a time. */
    public DataInputStream section(String name) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {}
}
