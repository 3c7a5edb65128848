package dev.millrace.storage.segment;

import dev.millrace.kernels.DirectFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A file of records, and how many of them are still the newest of their key. Thread-safe. */
public final class Segment implements AutoCloseable {
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
    private volatile @Nullable Reading reading;
    /** Guarded by this: what was closed is not opened again. */
    private boolean closed;

    private volatile @Nullable ColdCopy cold;
    private volatile boolean local = true;
    private volatile boolean settled;

    /**
     * The file as it is read from. It closes when the segment has closed it and the last reader has left: its number in the system may
     * be another file's from then on.
     */
    static final class Reading {
        private final DirectFile file;
        /** Readers, and one more until the segment closes it. */
        private final AtomicInteger users = new AtomicInteger(1);

        private Reading(DirectFile file) {
            this.file = file;
        }

        DirectFile file() {
            return file;
        }

        private boolean enter() {
            int before = users.get();
            while (before > 0 && !users.compareAndSet(before, before + 1)) {
                before = users.get();
            }
            return before > 0;
        }

        /** Whoever has entered reads no more. */
        void leave() throws IOException {
            if (users.decrementAndGet() == 0) {
                file.close();
            }
        }
    }

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

    void countDead() {
        live.decrementAndGet();
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
     * Reads past the system's cache where the file system can: what is read often is kept in memory by the store, and need
     * not be there twice. Address, length and position are multiples of a page.
     *
     * @return how many bytes were read; fewer at the end of the file
     */
    int read(long address, int bytes, long position) throws IOException {
        ColdCopy copy = cold;
        if (local || copy == null) {
            IOException failure = null;
            int read = 0;
            try {
                read = readFile(address, bytes, position);
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
        return copy.read(address, bytes, position);
    }

    private int readFile(long address, int bytes, long position) throws IOException {
        Reading open = enter();
        try {
            return open.file.read(address, bytes, position);
        } finally {
            open.leave();
        }
    }

    /**
     * The file, which stays open until {@link Reading#leave}.
     *
     * @throws ClosedChannelException where the file has gone, or goes
     */
    Reading enter() throws IOException {
        Reading open = reading;
        while (open == null || !open.enter()) {
            open = openForReading();
        }
        return open;
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

    private synchronized Reading openForReading() throws IOException {
        Reading open = reading;
        if (closed || !local) {
            throw new ClosedChannelException();
        }
        if (open == null) {
            open = new Reading(DirectFile.open(path));
            reading = open;
        }
        return open;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        closeFile();
    }

    private void closeFile() throws IOException {
        Reading open = reading;
        if (open != null) {
            reading = null;
            open.leave();
        }
    }
}
