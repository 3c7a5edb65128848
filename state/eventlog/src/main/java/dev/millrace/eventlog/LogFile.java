package dev.millrace.eventlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that the log writes; tests replace it by one whose disk is full or fails. Owned by the writing thread. */
class LogFile implements AutoCloseable {
    /** Opens files for writing; creates them where they are missing. */
    @FunctionalInterface
    interface Opener {
        LogFile open(Path file) throws IOException;
    }

    private final FileChannel channel;

    LogFile(Path file) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    void force() throws IOException {
        channel.force(false);
    }

    void truncate(long size) throws IOException {
        channel.truncate(size);
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
