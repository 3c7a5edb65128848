package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.disk.ForwardingDisk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * A disk that stops at a chosen call and then forgets, by chance, what was not yet forced: writes and new files. Everything that
 * was forced stays.
 */
final class CrashingFiles extends ForwardingDisk {
    private final Random random;
    private final long crashAt;
    private final Deque<Undo> unforced = new ArrayDeque<>();
    private final Set<Path> unnamed = new HashSet<>();
    private long calls;
    private boolean crashed;
    private boolean full;

    /** What a write replaced. */
    private record Undo(Path file, long position, byte[] before, long sizeBefore) {}

    CrashingFiles(long crashAt, Random random) {
        this.crashAt = crashAt;
        this.random = random;
    }

    /** While it is full, nothing can be written. */
    synchronized void fillUp(boolean isFull) {
        full = isFull;
    }

    synchronized long calls() {
        return calls;
    }

    synchronized boolean hasCrashed() {
        return crashed;
    }

    private void call() throws IOException {
        if (crashed) {
            throw new IOException("the machine is off");
        }
        if (++calls == crashAt) {
            crashed = true;
            forget();
            throw new IOException("the machine went off");
        }
    }

    private void forget() throws IOException {
        while (!unforced.isEmpty()) {
            Undo undo = unforced.removeLast();
            if (random.nextBoolean() && Files.exists(undo.file)) {
                try (FileChannel channel = FileChannel.open(undo.file, StandardOpenOption.WRITE)) {
                    int ignored = channel.write(ByteBuffer.wrap(undo.before), undo.position);
                    if (channel.size() > undo.sizeBefore && random.nextBoolean()) {
                        channel.truncate(undo.sizeBefore);
                    }
                }
            }
        }
        for (Path file : unnamed) {
            if (random.nextBoolean()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public synchronized DiskFile create(Path file) throws IOException {
        call();
        unnamed.add(file);
        return new CrashingFile(file, super.create(file));
    }

    @Override
    public synchronized DiskFile open(Path file) throws IOException {
        call();
        return new CrashingFile(file, super.open(file));
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        call();
        super.rename(from, to);
    }

    @Override
    public synchronized boolean delete(Path file) throws IOException {
        call();
        unnamed.remove(file);
        return super.delete(file);
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        call();
        unnamed.removeIf(file -> directory.equals(file.getParent()));
    }

    private final class CrashingFile extends ForwardingFile {
        private final Path path;

        CrashingFile(Path path, DiskFile file) {
            super(file);
            this.path = path;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            synchronized (CrashingFiles.this) {
                if (full) {
                    throw new IOException("No space left on device");
                }
                remember(position, bytes.remaining());
                if (calls + 1 == crashAt) {
                    // The last write before the end comes through in part.
                    ByteBuffer part = bytes.duplicate();
                    super.write(part.limit(part.position() + random.nextInt(part.remaining() + 1)), position);
                }
                call();
                super.write(bytes, position);
            }
        }

        private void remember(long position, int length) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                ByteBuffer before = ByteBuffer.allocate(length);
                int ignored = channel.read(before, position);
                unforced.addLast(new Undo(path, position, before.array(), channel.size()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (CrashingFiles.this) {
                call();
                super.force();
                unforced.removeIf(undo -> undo.file.equals(path));
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (CrashingFiles.this) {
                call();
                super.truncate(size);
            }
        }
    }
}
