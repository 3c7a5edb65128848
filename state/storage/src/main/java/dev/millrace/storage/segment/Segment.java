package dev.millrace.storage.segment;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.SharedFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A file of records, and how many of them are still the newest of their key. Thread-safe. */
public final class Segment implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Segment.class);

    private final int slot;
    private final long number;
    private final SegmentKind kind;
    private final Path path;
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong live = new AtomicLong();
    private volatile long written;
    private volatile boolean retired;
    private volatile boolean leftAlone;
    private final AtomicLong kept = new AtomicLong();
    private volatile long lookAgainAt;
    private volatile int nextExpiry;
    private volatile @Nullable SharedFile reading;
    /** Guarded by this: what was closed is not opened again. */
    private boolean closed;
    /** Guarded by this: maps the file, which no longer changes. */
    private @Nullable Disk mapper;

    private volatile @Nullable ColdCopy cold;
    private volatile boolean local = true;
    private volatile boolean settled;

    Segment(int slot, long number, SegmentKind kind, Path directory) {
        this.slot = slot;
        this.number = number;
        this.kind = kind;
        this.path = directory.resolve(Segments.fileName(number, kind));
    }

    public int slot() {
        return slot;
    }

    public long number() {
        return number;
    }

    public SegmentKind kind() {
        return kind;
    }

    public Path path() {
        return path;
    }

    /** How many bytes readers find in the file. */
    public long written() {
        return written;
    }

    public void setWritten(long bytes) {
        written = bytes;
    }

    /** How many records were written. */
    public long records() {
        return records.get();
    }

    /** How many of them are the newest of their key. */
    public long live() {
        return live.get();
    }

    public void count(long added) {
        records.addAndGet(added);
        live.addAndGet(added);
    }

    void countDead(int dead) {
        live.addAndGet(-dead);
    }

    public void setLive(long count) {
        live.set(count);
    }

    /** A record was packed here that is the newest of no key but must stay, until so many segments have gone. */
    public void keep(long untilRemoved) {
        kept.incrementAndGet();
        lookAgainAt = untilRemoved;
    }

    /** How many records would be copied if it was packed now, as far as anybody knows. */
    long wanted(long segmentsRemoved) {
        return live.get() + (segmentsRemoved < lookAgainAt ? kept.get() : 0);
    }

    /** It cannot be read whole, and is not to be packed. */
    public void leaveAlone() {
        leftAlone = true;
    }

    public boolean isLeftAlone() {
        return leftAlone;
    }

    /** When it is worth looking for rows whose time is over, in seconds since 1970; 0 where nobody knows. */
    public int nextExpiry() {
        return nextExpiry;
    }

    public void setNextExpiry(int seconds) {
        nextExpiry = seconds;
    }

    /** What was alive here lies elsewhere; the file goes with the next checkpoint. */
    public void retire() {
        retired = true;
    }

    public boolean isRetired() {
        return retired;
    }

    /**
     * Reads the bytes {@code from} to {@code until} of what begins at a position, or more around them: past the system's cache where
     * the file system can, since what is read often is kept in memory by the store, and need not be there twice.
     *
     * @param address in memory up to a whole page; it and the position are multiples of a page
     * @return up to where bytes were read, counted from the position; before {@code until} only at the file's end
     */
    int read(long address, int from, int until, long position) throws IOException {
        ColdCopy copy = cold;
        if (local || copy == null) {
            IOException failure = null;
            int read = 0;
            try {
                read = readFile(address, from, until, position);
            } catch (IOException e) {
                failure = e;
            }
            copy = cold;
            if (local || copy == null) {
                if (failure != null) {
                    throw failure;
                }
                return read;
            }
            // The file went meanwhile.
        }
        return copy.read(address, (until + SegmentFormat.PAGE_BYTES - 1) & -SegmentFormat.PAGE_BYTES, position);
    }

    private int readFile(long address, int from, int until, long position) throws IOException {
        SharedFile open = enter();
        try {
            return open.read(address, from, until, position);
        } finally {
            open.leave();
        }
    }

    /**
     * The file, which stays open until {@link SharedFile#leave}.
     *
     * @throws ClosedChannelException where the file has gone, or goes
     */
    SharedFile enter() throws IOException {
        SharedFile open = reading;
        while (open == null || !open.enter()) {
            open = openForReading();
        }
        return open;
    }

    /** The file no longer changes: from now on it is read by loads from a mapping of that disk. */
    synchronized void readByLoads(Disk disk) throws IOException {
        mapper = disk;
        closeFile();
    }

    /** Its object below the disk, where there is one, which is whole. */
    public @Nullable ColdCopy cold() {
        return cold;
    }

    public void setCold(ColdCopy copy) {
        cold = copy;
    }

    /** Whether its file is there. */
    public boolean isLocal() {
        return local;
    }

    /** Its file goes, or has gone; the object is read from now on. */
    public synchronized void leave() throws IOException {
        local = false;
        closeFile();
    }

    /** Its file is there again. */
    public void comeBack() {
        local = true;
    }

    /** A checkpoint names it, and no start with that checkpoint replays it. */
    public void settle() {
        settled = true;
    }

    public boolean isSettled() {
        return settled;
    }

    private synchronized SharedFile openForReading() throws IOException {
        SharedFile open = reading;
        if (closed || !local) {
            throw new ClosedChannelException();
        }
        if (open == null) {
            open = mapper == null ? SharedFile.open(path) : mapOrOpen(mapper);
            reading = open;
        }
        return open;
    }

    private SharedFile mapOrOpen(Disk disk) throws IOException {
        try {
            return SharedFile.map(path, disk);
        } catch (IOException e) {
            log.warn("{} is read as other files are, since it could not be mapped: {}", path, e.toString());
            return SharedFile.open(path);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        closeFile();
    }

    private void closeFile() throws IOException {
        SharedFile open = reading;
        if (open != null) {
            reading = null;
            open.leave();
        }
    }
}
