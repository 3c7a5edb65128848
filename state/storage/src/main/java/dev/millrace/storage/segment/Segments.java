package dev.millrace.storage.segment;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.Disk;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The segments of a store, found by the slot that places name. Thread-safe. */
public final class Segments implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Segments.class);

    /** What fits into a place. */
    static final int MAX_SEGMENTS = (1 << 16) - 1;

    private static final int NUMBER_DIGITS = 16;

    private final Path directory;
    private final AtomicReferenceArray<@Nullable Segment> slots = new AtomicReferenceArray<>(MAX_SEGMENTS);
    private final AtomicInteger pins = new AtomicInteger();
    private final AtomicLong removed = new AtomicLong();
    /** Maps segments that no longer change; nothing where they are read as other files are. */
    private volatile @Nullable Disk mapper;

    private long nextNumber = 1;

    public Segments(Path directory) {
        this.directory = directory;
    }

    public Path directory() {
        return directory;
    }

    /**
     * Has segments that no longer change read by loads where the disk maps files of their directory (DAX): those that there are, and
     * others once they are sealed. What the answer is, the log says.
     */
    public void readByLoads(Disk disk) throws IOException {
        String refusal = disk.mappingRefusal(directory);
        if (!refusal.isEmpty()) {
            log.info("{} is on no file system that maps files to their device (DAX): {}", directory, refusal);
            return;
        }
        log.info("rows in {} are read by loads: its file system maps files to their device (DAX)", directory);
        mapper = disk;
        for (Segment segment : all()) {
            segment.readByLoads(disk);
        }
    }

    /** Whether segments that no longer change are read by loads, which wait for nothing. */
    public boolean areReadByLoads() {
        return mapper != null;
    }

    /** All of a segment is in its file, which no longer changes. */
    void seal(Segment segment) throws IOException {
        Disk maps = mapper;
        if (maps != null) {
            segment.readByLoads(maps);
        }
    }

    /** A new segment, of which there is no file yet. */
    synchronized Segment create(SegmentKind kind) {
        Segment segment = new Segment(freeSlot(), nextNumber++, kind, directory);
        slots.set(segment.slot(), segment);
        return segment;
    }

    /** Takes in a segment that is on disk. */
    public synchronized Segment adopt(int slot, long number, SegmentKind kind) {
        Segment segment = new Segment(slot, number, kind, directory);
        if (!slots.compareAndSet(slot, null, segment)) {
            throw new IllegalStateException("slot " + slot + " has two segments");
        }
        nextNumber = Math.max(nextNumber, number + 1);
        return segment;
    }

    /** Takes in a segment that is on disk, at any free slot. */
    public synchronized Segment adopt(long number, SegmentKind kind) {
        return adopt(freeSlot(), number, kind);
    }

    /** No new segment gets this number, or one before it. */
    public synchronized void skipNumber(long number) {
        nextNumber = Math.max(nextNumber, number + 1);
    }

    private int freeSlot() {
        for (int slot = 0; slot < MAX_SEGMENTS; slot++) {
            if (slots.get(slot) == null) {
                return slot;
            }
        }
        throw new MillraceException(
                ErrorCode.STORAGE_FAILED, "the store has its limit of " + MAX_SEGMENTS + " segments; pack it");
    }

    /** @return the segment of a place, or nothing where it was removed meanwhile */
    @Nullable
    Segment at(long place) {
        return slots.get(SegmentFormat.slot(place));
    }

    public @Nullable Segment byNumber(long number) {
        for (Segment segment : all()) {
            if (segment.number() == number) {
                return segment;
            }
        }
        return null;
    }

    public static String fileName(long number, SegmentKind kind) {
        return "%016x%s".formatted(number, kind.suffix());
    }

    public static boolean isSegment(String fileName, SegmentKind kind) {
        return fileName.length() == NUMBER_DIGITS + kind.suffix().length() && fileName.endsWith(kind.suffix());
    }

    /** The number in a segment's file name. */
    public static long numberOf(String fileName) {
        return Long.parseUnsignedLong(fileName.substring(0, NUMBER_DIGITS), 16);
    }

    /** The record at a place is no longer the newest of its key. */
    public void countDead(long place) {
        countDead(SegmentFormat.slot(place), 1);
    }

    void countDead(int slot, int records) {
        Segment segment = slots.get(slot);
        if (segment != null) {
            segment.countDead(records);
        }
    }

    /** In the order of their numbers. */
    public List<Segment> all() {
        List<Segment> all = new ArrayList<>();
        for (int slot = 0; slot < MAX_SEGMENTS; slot++) {
            Segment segment = slots.get(slot);
            if (segment != null) {
                all.add(segment);
            }
        }
        all.sort((a, b) -> Long.compare(a.number(), b.number()));
        return all;
    }

    /** Somebody knows places of records that are no longer the newest of their key: no segment is to be deleted. */
    public void pin() {
        pins.incrementAndGet();
    }

    public void unpin() {
        pins.decrementAndGet();
    }

    public boolean isPinned() {
        return pins.get() > 0;
    }

    /** How many records packing a segment would copy now. */
    public long wanted(Segment segment) {
        return segment.wanted(removed.get());
    }

    /**
     * When records that are kept for others' sake are worth another look: when half of the segments of now have been replaced, it
     * may be that none of them is needed any more.
     */
    public long lookAgain() {
        long present = 0;
        for (int slot = 0; slot < MAX_SEGMENTS; slot++) {
            present += slots.get(slot) == null ? 0 : 1;
        }
        return removed.get() + Math.max(1, present / 2);
    }

    /** Forgets a segment and deletes its file. A reader that still wanted it sees that its key's entry has changed. */
    public void remove(Segment segment, Disk disk) throws IOException {
        slots.compareAndSet(segment.slot(), segment, null);
        removed.incrementAndGet();
        segment.close();
        boolean ignored = disk.delete(segment.path());
    }

    /** Who replaces many rows counts with one of these. */
    public DeadRecords deadRecords() {
        return new DeadRecords(this);
    }

    @Override
    public void close() throws IOException {
        for (Segment segment : all()) {
            segment.close();
        }
    }

    /**
     * Counts records that are no longer the newest of their key, and tells their segments of many at once: what is atomic waits until the
     * stores before it have reached the cache. Owned by one thread at a time.
     */
    public static final class DeadRecords {
        /** Of two segments that share one, the second has the count of the first told. */
        private static final int COUNTS = 64;

        private final Segments segments;
        private final int[] slots = new int[COUNTS];
        private final int[] counts = new int[COUNTS];

        private DeadRecords(Segments segments) {
            this.segments = segments;
        }

        public void add(long place) {
            int slot = SegmentFormat.slot(place);
            int at = slot % COUNTS;
            if (slots[at] != slot) {
                tell(at);
                slots[at] = slot;
            }
            counts[at]++;
        }

        /** Tells all that were counted. */
        public void tell() {
            for (int at = 0; at < COUNTS; at++) {
                tell(at);
            }
        }

        private void tell(int at) {
            if (counts[at] > 0) {
                segments.countDead(slots[at], counts[at]);
                counts[at] = 0;
            }
        }
    }
}
