package dev.millrace.storage.disk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Files in memory that a power failure treats as cruelly as a disk may: of what was not forced, it keeps any writes and
 * loses any others, tears them at any byte, and keeps any first part of each directory's changes. Every step that changes
 * something can be the one at which the process dies or the disk begins to fail. Thread-safe.
 *
 * <p>A disk {@link #onFiles} keeps real files the same as those in memory, for code that maps them or reads them past this
 * interface; {@link #restart} gives them what a crash left.
 */
public final class CrashingDisk implements Disk {
    /** The process died. No code catches it to tidy up. */
    @SuppressWarnings("serial")
    private static final class Crash extends Error {}

    /** Work on the disk that may fail. */
    @FunctionalInterface
    public interface Action {
        void run() throws IOException;
    }

    /** A name's change that its directory does not have on disk yet. */
    private record NameChange(
            Path directory,
            @Nullable Path removed,
            @Nullable Path added,
            @Nullable Inode inode) {}

    /** A change of content that is not on disk yet: bytes written, or a cut when there are none. */
    @SuppressWarnings("ArrayRecordComponent")
    private record ContentChange(int position, byte @Nullable [] bytes) {}

    private final class Inode {
        final boolean directory;
        /** Its real file's name, where there are real files. */
        @Nullable
        Path path;

        byte[] durable = {};
        byte[] current = {};
        final List<ContentChange> pending = new ArrayList<>();

        Inode(boolean directory) {
            this.directory = directory;
            inodes.add(this);
        }

        void force() {
            durable = current.clone();
            pending.clear();
        }

        void losePower() {
            for (ContentChange change : pending) {
                if (random.nextBoolean()) {
                    durable = apply(durable, change, random.nextBoolean());
                }
            }
            pending.clear();
            current = durable.clone();
        }

        void change(ContentChange change) {
            pending.add(change);
            current = apply(current, change, false);
            if (path != null) {
                RealFiles.change(path, change.position(), change.bytes());
            }
        }

        private byte[] apply(byte[] to, ContentChange change, boolean torn) {
            byte[] bytes = change.bytes();
            if (bytes == null) {
                byte[] cutOff = to.clone();
                Arrays.fill(cutOff, 0, Math.min(to.length, change.position()), (byte) 0);
                remnants.add(cutOff);
                return Arrays.copyOf(to, Math.min(to.length, change.position()));
            }
            int length = torn ? random.nextInt(bytes.length + 1) : bytes.length;
            byte[] result = Arrays.copyOf(to, Math.max(to.length, change.position() + length));
            System.arraycopy(bytes, 0, result, change.position(), length);
            return result;
        }
    }

    private final Random random;
    private final boolean real;

    /** All that ever were, deleted ones as well: their bytes stay on the disk until something overwrites them. */
    private final List<Inode> inodes = new ArrayList<>();

    /** What was in files before they were cut. */
    private final List<byte[]> remnants = new ArrayList<>();

    private Map<Path, Inode> durableNames = new TreeMap<>();
    private Map<Path, Inode> names = new TreeMap<>();
    private final List<NameChange> pendingNames = new ArrayList<>();
    /** Files that this disk made, where there are real ones. */
    private final Set<Path> everNamed = new TreeSet<>();

    private long steps;
    private long crashAt = Long.MAX_VALUE;
    private long failAt = Long.MAX_VALUE;
    private boolean crashed;
    private boolean full;
    private volatile Runnable beforeForce = () -> {};

    public CrashingDisk(Random random) {
        this(random, false);
    }

    /** A disk whose files lie on the machine's own as well. */
    public static CrashingDisk onFiles(Random random) {
        return new CrashingDisk(random, true);
    }

    private CrashingDisk(Random random, boolean real) {
        this.random = random;
        this.real = real;
        Inode root = new Inode(true);
        names.put(Path.of("/"), root);
        durableNames.put(Path.of("/"), root);
    }

    /** The process dies at this many steps from now. */
    public synchronized void crashAfter(long count) {
        crashAt = steps + count;
    }

    /** From this many steps on, every step fails. */
    public synchronized void failAfter(long count) {
        failAt = steps + count;
    }

    /** From now on no step fails. */
    public synchronized void work() {
        failAt = Long.MAX_VALUE;
    }

    /** While it is full, no file grows. */
    public synchronized void fillUp(boolean nothingFits) {
        full = nothingFits;
    }

    /** Runs in the forcing thread before a file is forced, to wait. */
    public void setBeforeForce(Runnable hook) {
        beforeForce = hook;
    }

    /** @return whether the process died in it */
    public boolean isCrashedBy(Action action) throws IOException {
        try {
            action.run();
            return false;
        } catch (Crash e) {
            return true;
        }
    }

    /** @return whether it failed */
    public boolean isFailedBy(Action action) {
        try {
            action.run();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    public synchronized long steps() {
        return steps;
    }

    /** What was not forced may be lost, and the process dies. */
    public synchronized void powerFailure() {
        for (Path directory : List.copyOf(names.keySet())) {
            List<NameChange> changes = pendingNames.stream()
                    .filter(change -> change.directory().equals(directory))
                    .toList();
            int kept = random.nextInt(changes.size() + 1);
            changes.subList(0, kept).forEach(change -> applyName(durableNames, change));
        }
        pendingNames.clear();
        // A directory that was lost takes what was in it along.
        durableNames.keySet().removeIf(path -> !isReachable(path));
        names = new TreeMap<>(durableNames);
        inodes.forEach(Inode::losePower);
        crashed = true;
    }

    /** A new process comes; after a crash, the power was lost as well every second time. */
    public synchronized void restart() {
        if (crashed && random.nextBoolean()) {
            powerFailure();
        }
        crashed = false;
        crashAt = Long.MAX_VALUE;
        failAt = Long.MAX_VALUE;
        if (real) {
            inodes.forEach(inode -> inode.path = null);
            RealFiles.deleteAll(everNamed);
            names.forEach((path, inode) -> {
                if (!inode.directory) {
                    inode.path = path;
                    RealFiles.create(path, inode.current);
                }
            });
        }
    }

    /** Whether the process died and did not restart yet. */
    public synchronized boolean hasCrashed() {
        return crashed;
    }

    /** All bytes that someone finds who reads the raw disk: of files, of deleted files, of parts cut off. */
    public synchronized List<byte[]> rawBytes() {
        List<byte[]> all = new ArrayList<>(remnants);
        for (Inode inode : inodes) {
            all.add(inode.durable.clone());
            all.add(inode.current.clone());
        }
        return all;
    }

    /** Changes bytes of a file behind everyone's back. */
    public synchronized void replaceContent(Path file, byte[] content) {
        Inode inode = names.get(file);
        if (inode == null) {
            throw new IllegalArgumentException("there is no " + file);
        }
        inode.current = content.clone();
        inode.force();
    }

    public synchronized byte[] content(Path file) throws IOException {
        return find(file).current.clone();
    }

    @Override
    public synchronized DiskFile create(Path file) throws IOException {
        if (names.containsKey(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Inode inode = new Inode(false);
        changeName(new NameChange(parentOf(file), null, file, inode));
        return new MemoryFile(inode);
    }

    @Override
    public synchronized DiskFile open(Path file) throws IOException {
        return new MemoryFile(find(file));
    }

    @Override
    public synchronized DiskFile openReadOnly(Path file) throws IOException {
        return new MemoryFile(find(file));
    }

    @Override
    public synchronized boolean exists(Path file) {
        return names.containsKey(file);
    }

    @Override
    public synchronized boolean isDirectory(Path path) {
        Inode inode = names.get(path);
        return inode != null && inode.directory;
    }

    @Override
    public long lastModifiedMillis(Path file) {
        return Long.MAX_VALUE;
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        return names.keySet().stream()
                .filter(path -> directory.equals(path.getParent()))
                .toList();
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        changeName(new NameChange(parentOf(to), from, to, find(from)));
    }

    @Override
    public synchronized boolean delete(Path file) throws IOException {
        boolean present = names.containsKey(file);
        if (present) {
            changeName(new NameChange(parentOf(file), file, null, null));
        }
        return present;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent == null) {
            return;
        }
        if (!names.containsKey(parent)) {
            createDirectories(parent);
        }
        if (!names.containsKey(directory)) {
            changeName(new NameChange(parent, null, directory, new Inode(true)));
        }
        forceDirectory(parent);
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        find(directory);
        step(() -> {
            pendingNames.stream()
                    .filter(change -> change.directory().equals(directory))
                    .forEach(change -> applyName(durableNames, change));
            pendingNames.removeIf(change -> change.directory().equals(directory));
        });
    }

    private final class MemoryFile implements DiskFile {
        private final Inode inode;
        private boolean closed;

        MemoryFile(Inode inode) {
            this.inode = inode;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            synchronized (CrashingDisk.this) {
                check();
                int length = (int) Math.max(0, Math.min(into.remaining(), inode.current.length - position));
                if (length > 0) {
                    into.put(inode.current, (int) position, length);
                }
                return length;
            }
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            synchronized (CrashingDisk.this) {
                check();
                if (full && position + from.remaining() > inode.current.length) {
                    throw new IOException("No space left on device (injected)");
                }
                byte[] bytes = new byte[from.remaining()];
                from.get(bytes);
                step(() -> inode.change(new ContentChange((int) position, bytes)));
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (CrashingDisk.this) {
                check();
                return inode.current.length;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (CrashingDisk.this) {
                check();
                step(() -> inode.change(new ContentChange((int) size, null)));
            }
        }

        @Override
        public void force() throws IOException {
            beforeForce.run();
            synchronized (CrashingDisk.this) {
                check();
                step(inode::force);
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        private void check() throws IOException {
            if (closed) {
                throw new IOException("the file is closed");
            }
        }
    }

    /** One change; when the process dies here, it had its effect or not. */
    private void step(Runnable change) throws IOException {
        if (crashed) {
            throw new Crash();
        }
        long number = steps++;
        if (number >= failAt) {
            throw new IOException("Input/output error (injected)");
        }
        if (number < crashAt) {
            change.run();
            return;
        }
        crashed = true;
        if (random.nextBoolean()) {
            change.run();
        }
        throw new Crash();
    }

    private void changeName(NameChange change) throws IOException {
        find(change.directory());
        step(() -> {
            pendingNames.add(change);
            applyName(names, change);
            if (real) {
                applyToFiles(change);
            }
        });
    }

    private void applyToFiles(NameChange change) {
        Inode inode = change.inode();
        if (change.added() == null || inode == null) {
            RealFiles.deleteAll(Set.of(Objects.requireNonNull(change.removed())));
        } else if (inode.directory) {
            RealFiles.createDirectory(change.added());
        } else {
            everNamed.add(change.added());
            inode.path = change.added();
            if (change.removed() == null) {
                RealFiles.create(change.added(), inode.current);
            } else {
                RealFiles.rename(change.removed(), change.added());
            }
        }
    }

    private static void applyName(Map<Path, Inode> to, NameChange change) {
        if (change.removed() != null) {
            to.remove(change.removed());
        }
        if (change.added() != null && change.inode() != null) {
            to.put(change.added(), change.inode());
        }
    }

    private boolean isReachable(Path path) {
        Path parent = path.getParent();
        return parent == null || durableNames.containsKey(parent) && isReachable(parent);
    }

    private Inode find(Path file) throws NoSuchFileException {
        if (crashed) {
            throw new Crash();
        }
        Inode inode = names.get(file);
        if (inode == null) {
            throw new NoSuchFileException(file.toString());
        }
        return inode;
    }

    private static Path parentOf(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " has no directory");
        }
        return parent;
    }
}
