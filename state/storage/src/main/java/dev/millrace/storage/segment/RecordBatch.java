package dev.millrace.storage.segment;

import dev.millrace.kernels.DirectFile;
import dev.millrace.kernels.ReadRing;
import dev.millrace.storage.disk.SharedFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Reads the pages of many records at once: each page once however many of the records it holds, and pages that lie side by side
 * with one read. Whoever began it does something else until it takes up the records, as their pages come. Owned by one thread at a time.
 */
public final class RecordBatch implements AutoCloseable {
    /** Records of one batch. */
    public static final int CAPACITY = 512;

    /** Of one read. What lies farther apart than 64 KB comes sooner with two reads at once. */
    private static final int MOST_PAGES = 16;
    /** A place counts units of 16 bytes, of which a page has 256. */
    private static final int PAGE_SHIFT =
            Integer.numberOfTrailingZeros(SegmentFormat.PAGE_BYTES / SegmentFormat.UNIT_BYTES);

    private static final int UNITS_MASK = SegmentFormat.PAGE_BYTES / SegmentFormat.UNIT_BYTES - 1;
    private static final int INDEX_BITS = Integer.numberOfTrailingZeros(CAPACITY);
    private static final int INDEX_MASK = CAPACITY - 1;
    /** No record, or no page. */
    public static final int NONE = -1;

    private static final Logger log = LoggerFactory.getLogger(RecordBatch.class);

    private final Segments segments;
    /** Nothing where threads read. */
    private final @Nullable ReadRing ring;

    private final Threads threads;
    private final Records records = new Records();
    private final ReadRing.Reads reads = new ReadRing.Reads(CAPACITY);
    private final ByteBuffer pages = ByteBuffer.allocateDirect((CAPACITY + 1) * SegmentFormat.PAGE_BYTES)
            .alignedSlice(SegmentFormat.PAGE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    private final long base = MemorySegment.ofBuffer(pages).address();
    private final int[] results = new int[CAPACITY];
    private final long[] placeOf = new long[CAPACITY];
    /** Each record's page, and the record's number in the low bits: sorted, neighbours stand together. */
    private final long[] byPage = new long[CAPACITY];
    /** In which page of memory a record begins. */
    private final int[] pageOf = new int[CAPACITY];
    /** Which read fills a page of memory. */
    private final int[] readOf = new int[CAPACITY];
    /** Where in memory a read begins, in pages. */
    private final int[] firstPageOf = new int[CAPACITY];
    /** The first of the sorted records whose pages a read fills, and the one behind the last. */
    private final int[] firstRecordOf = new int[CAPACITY];

    private final int[] endRecordOf = new int[CAPACITY];
    /** Reads that have ended. */
    private final int[] ended = new int[CAPACITY];
    /** What each read reads from. */
    private final DirectFile[] files = new DirectFile[CAPACITY];
    /** The same, to be left. */
    private final SharedFile[] open = new SharedFile[CAPACITY];

    /** How many of the files are entered. */
    private int entered;
    /** How many pages of memory are taken. */
    private int taken;

    private long firstOffset;

    /** How many reads have not been seen to end; how many of those that have are listed, and taken up. */
    private int left;

    private int listed;
    private int takenUp;
    /** The sorted records of the read that is being taken up. */
    private int record;

    private int endRecord;
    /** What threads do now. */
    private @Nullable Work work;
    /** Threads may be at it that nobody can wait for. */
    private boolean adrift;
    /** When the last pages were seen to have come. */
    private long cameNanos;

    /** Threads that work at once. */
    public interface Threads {
        /** Begins the work for 0 to {@code count} − 1, in any order; what it throws leaves open how much was begun. */
        Work begin(int count, IntConsumer work);
    }

    /** Work that threads do. */
    public interface Work {
        /** Takes part, and returns when all is done; so does what it throws, which is what the work threw. */
        void await();
    }

    private RecordBatch(Segments segments, @Nullable ReadRing ring, Threads threads) {
        this.segments = segments;
        this.ring = ring;
        this.threads = threads;
    }

    /** @return nothing where the system does not read in batches */
    public static @Nullable RecordBatch byRing(Segments segments, Threads threads) {
        ReadRing ring = ReadRing.open();
        return ring == null ? null : new RecordBatch(segments, ring, threads);
    }

    /** One for a system that does not read in batches: a thread waits for each read. */
    public static RecordBatch byThreads(Segments segments, Threads threads) {
        return new RecordBatch(segments, null, threads);
    }

    /**
     * Has the pages of records read. {@link #next} takes them up, until there is none, or {@link #settle}.
     *
     * @throws IOException where the ring no longer works
     */
    public void begin(long[] places, int count) throws IOException {
        reads.clear();
        entered = 0;
        taken = 0;
        listed = 0;
        takenUp = 0;
        record = 0;
        endRecord = 0;
        System.arraycopy(places, 0, placeOf, 0, count);
        for (int i = 0; i < count; i++) {
            byPage[i] = places[i] >>> PAGE_SHIFT << INDEX_BITS | i;
        }
        Arrays.sort(byPage, 0, count);
        plan(count);
        left = reads.count();
        if (ring != null) {
            ring.begin(reads);
        } else {
            adrift = true;
            work = threads.begin(left, read -> results[read] = reads.readAlone(read, files[read]));
            adrift = false;
        }
    }

    /**
     * The next record whose page has come, which is waited for: each once, but for those whose segment is no longer on disk.
     *
     * @return its number, or {@link #NONE} behind the last
     * @throws IOException where the ring no longer works; what has come so far is whole
     */
    public int next() throws IOException {
        while (record == endRecord) {
            if (takenUp == listed && !awaitSome()) {
                return NONE;
            }
            int read = ended[takenUp++];
            record = firstRecordOf[read];
            endRecord = endRecordOf[read];
        }
        return (int) byPage[record++] & INDEX_MASK;
    }

    /** @return false where all reads have been taken up */
    private boolean awaitSome() throws IOException {
        if (left == 0) {
            leaveFiles();
            return false;
        }
        takenUp = 0;
        listed = 0;
        listed = ring == null ? awaitThreads() : ring.await(1, ended, results);
        left -= listed;
        cameNanos = System.nanoTime();
        return true;
    }

    private int awaitThreads() {
        Work begun = work;
        // What they throw is thrown once; all reads have ended then.
        work = null;
        if (begun != null) {
            begun.await();
        }
        for (int read = 0; read < left; read++) {
            ended[read] = read;
        }
        return left;
    }

    private void leaveFiles() throws IOException {
        while (entered > 0) {
            open[--entered].leave();
        }
    }

    /**
     * Waits until nothing is read any more. Throws nothing: whoever wanted the records has been told.
     *
     * @return false where that cannot be told: this is not to be used again then, and its memory to be kept, since the system may still
     *     write to it
     */
    public boolean settle() {
        boolean settled = false;
        try {
            while (!adrift && next() != NONE) {
                // Whoever wanted it wants it no more.
            }
            settled = !adrift;
        } catch (IOException | RuntimeException | Error e) {
            log.warn("a batch of reads does not end, and is not used again", e);
        }
        leaveFilesAnyway();
        return settled;
    }

    /** The system has its own hold on those that it still reads from; what threads still read, nobody looks at. */
    private void leaveFilesAnyway() {
        while (entered > 0) {
            try {
                leaveFiles();
            } catch (IOException | RuntimeException e) {
                // Nobody is to hear of it: they were only read from.
            }
        }
    }

    /** Gives each page its place in memory; those side by side, in memory as on disk, are one read. */
    private void plan(int count) {
        long last = NONE;
        int current = NONE;
        for (int n = 0; n < count; n++) {
            long page = byPage[n] >>> INDEX_BITS;
            if (page != last) {
                current = pageInMemory(n, page, last, current);
                last = page;
            }
            pageOf[(int) byPage[n] & INDEX_MASK] = current;
        }
        endRead(count);
    }

    /**
     * @param n the first of the sorted records of that page
     * @return none where there is no such segment on disk any more
     */
    private int pageInMemory(int n, long page, long last, int lastInMemory) {
        boolean goesOn = lastInMemory != NONE
                && page == last + 1
                && SegmentFormat.slot(page << PAGE_SHIFT) == SegmentFormat.slot(last << PAGE_SHIFT)
                && taken - firstPageOf[reads.count()] < MOST_PAGES;
        if (!goesOn) {
            endRead(n);
            if (!beginRead(n, page << PAGE_SHIFT)) {
                return NONE;
            }
        }
        readOf[taken] = reads.count();
        return taken++;
    }

    private boolean beginRead(int n, long place) {
        Segment segment = segments.at(place);
        if (segment == null || !segment.isLocal()) {
            return false;
        }
        if (!enter(segment)) {
            return false;
        }
        firstPageOf[reads.count()] = taken;
        firstRecordOf[reads.count()] = n;
        firstOffset = SegmentFormat.offset(place);
        return true;
    }

    /** @return false for a file that is to be read on its own: it is mapped, or has gone and then says what is wrong */
    private boolean enter(Segment segment) {
        try {
            SharedFile file = segment.enter();
            DirectFile direct = file.direct();
            if (direct == null) {
                file.leave();
                return false;
            }
            open[entered] = file;
            files[entered++] = direct;
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void endRead(int n) {
        int read = reads.count();
        if (read < entered) {
            endRecordOf[read] = n;
            int first = firstPageOf[read];
            int ignored = reads.add(
                    files[read],
                    base + (long) first * SegmentFormat.PAGE_BYTES,
                    (taken - first) * SegmentFormat.PAGE_BYTES,
                    firstOffset);
        }
    }

    /** When the last pages that were taken up were seen to have come, as {@link System#nanoTime} has it. */
    public long cameNanos() {
        return cameNanos;
    }

    /** How many reads the batch took. */
    public int reads() {
        return reads.count();
    }

    /** How many pages the batch took. */
    public int pages() {
        return taken;
    }

    /** How many bytes of a page of memory its read gave. */
    private int filled(int page) {
        int read = readOf[page];
        return results[read] - (page - firstPageOf[read]) * SegmentFormat.PAGE_BYTES;
    }

    /**
     * Finds a record of the batch in its page, where it stays until the next batch.
     *
     * @return false where it is to be read on its own: it is longer than a page, has moved, or is damaged
     */
    public boolean row(int i, StoredRow into) {
        int page = pageOf[i];
        int inPage = (int) (placeOf[i] & UNITS_MASK) * SegmentFormat.UNIT_BYTES;
        if (page == NONE || filled(page) < inPage + SegmentFormat.RECORD_HEADER_BYTES) {
            return false;
        }
        int at = page * SegmentFormat.PAGE_BYTES + inPage;
        int word = pages.getInt(at + SegmentFormat.LENGTH_AT);
        int length = word & SegmentFormat.LENGTH_MASK;
        int end = inPage + SegmentFormat.recordBytes(length);
        if (end > SegmentFormat.PAGE_BYTES || end > filled(page)) {
            return false;
        }
        Segment segment = segments.at(placeOf[i]);
        if (segment == null || !segment.isLocal()) {
            // Its file may have been closed before it was read.
            return false;
        }
        into.place = placeOf[i];
        return records.check(pages, base, at, word, into);
    }

    @Override
    public void close() {
        if (ring != null) {
            ring.close();
        }
    }
}
