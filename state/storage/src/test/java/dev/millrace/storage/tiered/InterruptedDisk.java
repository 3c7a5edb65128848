package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.disk.ForwardingDisk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The local disk, which does something else before each write to an index file. Not thread-safe. */
final class InterruptedDisk extends ForwardingDisk {
    /** What is done before each write. */
    Runnable interruption = () -> {};

    @Override
    public DiskFile openOrCreate(Path file) throws IOException {
        DiskFile opened = super.openOrCreate(file);
        return file.getFileName().toString().startsWith("table-") ? new InterruptedFile(opened) : opened;
    }

    private final class InterruptedFile extends ForwardingFile {
        InterruptedFile(DiskFile file) {
            super(file);
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            interruption.run();
            super.write(bytes, position);
        }
    }
}
