package dev.millrace.storage.segment;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.memory.RecentChanges;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Appends records to segments and tells when they are on disk. Thread-safe.
 *
 * <p>Two groups take turns: one fills while the log's thread waits for the disk with the other, so that records
 * which come meanwhile share the next confirmation (group commit). Whole pages of a large group go to the disk while it still
 * fills. It is confirmed at once when somebody waits for it, else after a short delay. A group begins with a mark; since a
 * group is written only after the one before it was confirmed, <b>a mark proves that every byte before it was on disk once</b>,
 * which is how a torn end is told from damage.
 *
 * <p>A disk that is full holds writers up, for a bounded time, until there is room: nothing is lost, nothing acknowledged. A disk
 * that fails to confirm ends the log until it is opened again, since nobody knows what it holds.
 */
public final class StoreLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreLog.class);

    /** A group this large is confirmed without waiting for more: the disk then works at its full speed. */
    private static final int FULL_GROUP_BYTES = 1 << 20;
    /** So much of a group is handed to the disk while the rest of it still comes. */
    private static final int EARLY_BYTES = 128 << 10;
    /** A group of this size ends with a whole page, so that the next can be written past the system's cache. */
    private static final int WHOLE_PAGES_BYTES = 64 << 10;

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A disk that has confirmed nothing for so long is slow enough to be told of. */
    private static final Duration LATE = Duration.ofSeconds(1);

    private static final MemorySegment NO_VALUE = MemorySegment.ofArray(new byte[0]);

    private final Segments segments;
    private final StoreLogConfig config;
    private final long storeId;
    private final GroupWriter writer;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    /** Another group fills. */
    private final Condition room = lock.newCondition();
    /** Another group is on disk. */
    private final Condition progress = lock.newCondition();

    private final StoredRow row = new StoredRow();

    // Guarded by the lock from here on; the log's thread, which alone puts another in its place, looks at what fills
    // without it.
    private Group filling;
    private @Nullable Group idle;
    /** The segment of the newest group, and its end without the group that fills. */
    private @Nullable Segment tail;

    private LogEnd end;
    private long nextSequence;
    private long appended;
    private final RecentChanges changes = new RecentChanges();
    /** The position behind the last group that no longer fills. */
    private long taken;

    private long durable;
    private volatile boolean closing;
    private @Nullable IOException stalled;
    /** Since when the disk owes something without having confirmed anything. */
    private long owedSinceNanos;

    private @Nullable Throwable failed;

    /**
     * @param end of the log so far; what comes goes to a new segment
     * @param nextSequence greater than that of every record so far
     */
    public StoreLog(Segments segments, Disk disk, StoreLogConfig config, long storeId, LogEnd end, long nextSequence) {
        this.segments = segments;
        this.config = config;
        this.storeId = storeId;
        this.end = end;
        this.nextSequence = nextSequence;
        this.writer = new GroupWriter(segments, disk);
        this.filling = new Group(config.groupBytes());
        this.idle = new Group(config.groupBytes());
        this.thread = Thread.ofPlatform().name("store-log").daemon().start(this::run);
    }

    /**
     * Appends a row. It is on disk when {@link #awaitDurable} returns for a later {@link #position()}.
     *
     * @param expiry seconds since 1970, 0 for never
     * @return the row's place
     * @throws MillraceException {@code STORAGE_FAILED} when the disk has had no room for the limit, or failed
     */
    public long append(int table, long key, int expiry, MemorySegment value, long from, int length) {
        return append(table, key, expiry, length, value, from, length);
    }

    /** Appends that a key has no row any more. */
    public long appendRemoval(int table, long key) {
        return append(table, key, 0, SegmentFormat.REMOVAL_FLAG, NO_VALUE, 0, 0);
    }

    private long append(int table, long key, int expiry, int word, MemorySegment value, long from, int length) {
        if (lock.isHeldByCurrentThread()) {
            // Nothing atomic for each of many records: it would wait until the stores before it have reached the cache.
            return appendLocked(table, key, expiry, word, value, from, length);
        }
        lock.lock();
        try {
            return appendLocked(table, key, expiry, word, value, from, length);
        } finally {
            lock.unlock();
        }
    }

    private long appendLocked(int table, long key, int expiry, int word, MemorySegment value, long from, int length) {
        int recordBytes = SegmentFormat.recordBytes(length);
        Group group = awaitRoom(recordBytes);
        int filled = group.records.filled();
        row.table = table;
        row.key = key;
        row.expiry = expiry;
        row.sequence = nextSequence;
        long offset = group.records.append(row, word, value, from, length);
        // Only now: a gap in a segment's sequences says that records are missing there.
        nextSequence++;
        if (appended == durable) {
            owedSinceNanos = System.nanoTime();
        }
        appended += recordBytes;
        group.endPosition = appended;
        tellOf(group, filled);
        long place = SegmentFormat.place(slotOf(group), offset);
        changes.add(table, key, word < 0 ? -1 : place);
        return place;
    }

    /** Lets the log's thread know where it has something to do: the delay begins, the group is large, or a part of it can be written. */
    private void tellOf(Group group, int filledBefore) {
        int filled = group.records.filled();
        if (group.count++ == 0) {
            group.firstNanos = System.nanoTime();
            group.begun = true;
            LockSupport.unpark(thread);
        } else if (filled >= FULL_GROUP_BYTES) {
            makeDue(group);
        } else if (filled / EARLY_BYTES > filledBefore / EARLY_BYTES) {
            group.wholePages = group.records.end() - group.records.end() % SegmentFormat.PAGE_BYTES;
            LockSupport.unpark(thread);
        }
    }

    /** What writes to the disk. It outlives {@link #close} where the disk does not answer. */
    public Thread thread() {
        return thread;
    }

    /** A writer may hold it over several appends, which then stand together and cost less. */
    public ReentrantLock lock() {
        return lock;
    }

    /** Grows with each append. */
    public long position() {
        lock.lock();
        try {
            return appended;
        } finally {
            lock.unlock();
        }
    }

    public long nextSequence() {
        lock.lock();
        try {
            return nextSequence;
        } finally {
            lock.unlock();
        }
    }

    /** What lies behind this end was appended after this call. */
    public LogEnd end() {
        lock.lock();
        try {
            return filling.segment == null ? end : new LogEnd(filling.segment.number(), filling.records.end());
        } finally {
            lock.unlock();
        }
    }

    /**
     * How far the log has come.
     *
     * @param position as {@link #position} had it
     * @param end what lies behind it was appended later
     * @param changes how many rows and removals have been appended since the log was opened
     */
    public record Moment(long position, LogEnd end, long nextSequence, long changes) {}

    public Moment moment() {
        lock.lock();
        try {
            return new Moment(appended, end(), nextSequence, changes.count());
        } finally {
            lock.unlock();
        }
    }

    /**
     * What was appended between two moments, counted as {@link Moment#changes} counts it.
     *
     * @return nothing where it is to be read from the segments
     */
    public RecentChanges.@Nullable Range changes(long from, long until) {
        lock.lock();
        try {
            return changes.between(from, until);
        } finally {
            lock.unlock();
        }
    }

    /** Whoever asks for {@link #changes} will not ask for any before this again. */
    public void forgetChanges(long until) {
        lock.lock();
        try {
            changes.forget(until);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when everything up to a position is on disk.
     *
     * @throws MillraceException {@code STORAGE_FAILED} when it is not within the limit; it may be later
     */
    public void awaitDurable(long position) {
        lock.lock();
        try {
            long left = patience();
            while (durable < position) {
                if (position > taken) {
                    makeDue(filling);
                }
                left = await(progress, left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Why writes wait or fail, for an operator; nothing where they do not. */
    public @Nullable Throwable trouble() {
        lock.lock();
        try {
            if (failed != null || stalled != null) {
                return failed != null ? failed : stalled;
            }
            Duration owed = owed();
            return owed.compareTo(LATE) < 0
                    ? null
                    : new IOException("the disk of " + segments.directory() + " has confirmed nothing for "
                            + owed.toMillis() + " ms, and owes " + (appended - durable) + " bytes");
        } finally {
            lock.unlock();
        }
    }

    /** How long the disk has owed something without having confirmed anything; zero where it owes nothing. */
    public Duration owed() {
        lock.lock();
        try {
            return appended == durable ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - owedSinceNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Whether readers find the record in its file. */
    public boolean isWritten(long place) {
        Segment segment = segments.at(place);
        return segment == null || SegmentFormat.offset(place) < segment.written();
    }

    /** Returns when everything appended so far can be read from files. */
    public void awaitWritten() {
        awaitDurable(position());
    }

    /** @return a group that has room for the record */
    private Group awaitRoom(int recordBytes) {
        if (!hasRoom(recordBytes)) {
            // Only now: asking for the time takes as long as a good part of an append.
            long left = patience();
            do {
                makeDue(filling);
                left = await(room, left);
            } while (!hasRoom(recordBytes));
        }
        return filling;
    }

    /** Whether the record goes to the group that fills, which has its place from now on. */
    private boolean hasRoom(int recordBytes) {
        checkFailed();
        Group group = filling;
        if (group.segment == null) {
            beginGroup(group, recordBytes);
        }
        return group.records.fits(recordBytes) && fitsSegment(group.records.end(), recordBytes);
    }

    /** Gives an empty group its place: behind the last, or in a new segment where that one is full. */
    private void beginGroup(Group group, int recordBytes) {
        Segment segment = tail;
        SegmentFormat.Header header = null;
        // A page more than the record: the mark before it may push it to the next one.
        if (segment == null || !fitsSegment(end.bytes() + SegmentFormat.PAGE_BYTES, recordBytes)) {
            segment = segments.create(SegmentKind.LOG);
            header = new SegmentFormat.Header(
                    storeId, segment.number(), SegmentKind.LOG, end.segment(), end.bytes(), System.currentTimeMillis());
            tail = segment;
            end = new LogEnd(segment.number(), SegmentFormat.HEADER_BYTES);
        }
        group.begin(segment, header, end.bytes(), nextSequence++);
    }

    private boolean fitsSegment(long offset, int recordBytes) {
        return SegmentFormat.fit(offset, recordBytes) + recordBytes <= config.segmentBytes();
    }

    private void makeDue(Group group) {
        if (!group.due) {
            group.due = true;
            LockSupport.unpark(thread);
        }
    }

    /** What is left of the limit, so that those who wait for each other do not wait for it by turns; time for one more try at least. */
    private long patience() {
        long limit = config.stallLimit().toNanos();
        long waited = appended == durable ? 0 : System.nanoTime() - owedSinceNanos;
        return Math.max(limit - waited, Math.min(limit, 2 * RETRY_NANOS));
    }

    private static int slotOf(Group group) {
        Segment segment = group.segment;
        if (segment == null) {
            throw new IllegalStateException("an empty group has no segment");
        }
        return segment.slot();
    }

    /** @return how much is left of the limit */
    @SuppressWarnings("WaitNotInLoop") // Its callers loop.
    private long await(Condition condition, long left) {
        checkFailed();
        if (left <= 0) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the disk of " + segments.directory() + " has not taken the write within "
                            + config.stallLimit().toMillis() + " ms ("
                            + (stalled == null ? "slow" : stalled.getMessage())
                            + "). It is kept and tried again; make room, or raise the limit");
        }
        try {
            return condition.awaitNanos(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MillraceException(ErrorCode.UNAVAILABLE, "interrupted while waiting for the disk", e);
        }
    }

    private void checkFailed() {
        if (failed != null) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the store in " + segments.directory() + " has stopped (" + failed.getMessage()
                            + "): nobody knows what the disk holds. Start again, which reads what is there",
                    failed);
        }
        if (closing) {
            throw new MillraceException(ErrorCode.UNAVAILABLE, "the store is closed");
        }
    }

    /** What the log's thread does next: writes a group up to an offset, and confirms it where it is the last part. */
    private record Part(Group group, long until, boolean last) {}

    private void run() {
        try (writer) {
            Part part = takePart();
            while (part != null) {
                write(part);
                if (part.last) {
                    confirm(part.group);
                }
                part = takePart();
            }
            writer.finish(end.bytes(), nextSequence);
        } catch (InterruptedException e) {
            fail(e);
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    /** @return nothing once the log is closed and all is written */
    private @Nullable Part takePart() throws InterruptedException {
        while (true) {
            // First: what was appended before the log closed is seen after it.
            boolean last = closing;
            Group group = filling;
            if (!group.begun && last) {
                return null;
            }
            long left = Long.MAX_VALUE;
            if (group.begun) {
                left = group.firstNanos + config.commitDelay().toNanos() - System.nanoTime();
                if (left <= 0 || group.due || last) {
                    return takeWhole(group);
                }
                long pages = group.wholePages;
                if (pages > group.written) {
                    return new Part(group, pages, false);
                }
            }
            rest(left);
        }
    }

    /** Until somebody has something to do, or the time is over. */
    private void rest(long nanos) throws InterruptedException {
        LockSupport.parkNanos(this, nanos);
        if (Thread.interrupted()) {
            throw new InterruptedException("the log's thread was interrupted");
        }
    }

    private Part takeWhole(Group group) {
        lock.lock();
        try {
            Group next = idle;
            if (next == null) {
                throw new IllegalStateException("both groups are on their way");
            }
            if (group.records.filled() >= WHOLE_PAGES_BYTES) {
                group.records.endPage();
            }
            end = end();
            taken = group.endPosition;
            filling = next;
            idle = null;
            room.signalAll();
            return new Part(group, group.records.end(), true);
        } finally {
            lock.unlock();
        }
    }

    private void write(Part part) throws IOException, InterruptedException {
        Group group = part.group;
        while (group.written < part.until) {
            try {
                writer.write(group, part.until);
                group.written = part.until;
            } catch (IOException e) {
                awaitRetry(e);
            }
        }
    }

    private void confirm(Group group) throws IOException {
        Segment segment = group.segment;
        if (segment != null) {
            segment.count(group.count);
            segment.setWritten(group.records.end());
        }
        writer.force();
        release(group);
    }

    private void awaitRetry(IOException why) throws IOException, InterruptedException {
        lock.lock();
        try {
            if (stalled == null) {
                log.error("the disk of {} takes no writes; they wait: {}", segments.directory(), why.toString());
                stalled = why;
            }
        } finally {
            lock.unlock();
        }
        if (closing) {
            throw why;
        }
        // Woken early, it only tries again early.
        rest(RETRY_NANOS);
    }

    private void release(Group group) {
        lock.lock();
        try {
            if (stalled != null) {
                log.info("the disk of {} takes writes again", segments.directory());
                stalled = null;
            }
            durable = group.endPosition;
            owedSinceNanos = System.nanoTime();
            group.clear();
            idle = group;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(Throwable why) {
        log.error("the store in {} takes no more writes until it is opened again", segments.directory(), why);
        lock.lock();
        try {
            failed = why;
            room.signalAll();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes what waits and ends; what the disk does not take was not acknowledged. A disk that does not answer within the limit is
     * left alone: what it may still do is what it may do after a crash, until {@link #thread} has ended.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            LockSupport.unpark(thread);
            room.signalAll();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(config.stallLimit())) {
                log.error(
                        "the disk of {} has not answered within {}; the store ends without it, and what was not"
                                + " acknowledged may be lost",
                        segments.directory(),
                        config.stallLimit());
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        letBuffersGo();
    }

    /** Who still refers to a closed log holds no memory of its groups by that. */
    private void letBuffersGo() {
        lock.lock();
        try {
            end = end();
            filling = new Group(0);
            idle = null;
        } finally {
            lock.unlock();
        }
    }
}
