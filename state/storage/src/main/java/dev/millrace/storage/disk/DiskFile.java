package dev.millrace.storage.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One open file. Reads may come from any thread; writes from one at a time. */
public interface DiskFile extends AutoCloseable {
    /**
     * Fills the buffer from a position of the file.
     *
     * @return the bytes read: fewer than there was room for only at the file's end
     */
    int read(ByteBuffer into, long position) throws IOException;

    /** Writes all that remains in the buffer. */
    void write(ByteBuffer from, long position) throws IOException;

    long size() throws IOException;

    void truncate(long size) throws IOException;

    /** Returns when content and size are on disk. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
}
