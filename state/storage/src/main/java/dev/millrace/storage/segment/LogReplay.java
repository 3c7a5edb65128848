package dev.millrace.storage.segment;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the log's segments behind a checkpoint in their order, tells a torn end from damage, and finds where the log goes on.
 * Owned by the opening thread.
 */
public final class LogReplay {
    private static final Logger log = LoggerFactory.getLogger(LogReplay.class);

    private final List<Segment> chain;
    private final LogEnd from;
    private final boolean skipDamage;
    private final Consumer<StoredRow> rows;
    private final StoredRow row = new StoredRow();
    private final List<DamageException> damage = new ArrayList<>();
    private LogEnd end;
    private long nextSequence;

    /**
     * @param chain the log's segments from the one of {@code from} on, in their order
     * @param skipDamage whether to go on behind damage, which {@link #damage()} then lists
     * @param rows sees each row and removal, in the order of writing
     */
    public LogReplay(
            List<Segment> chain, LogEnd from, long nextSequence, boolean skipDamage, Consumer<StoredRow> rows) {
        this.chain = List.copyOf(chain);
        this.from = from;
        this.end = from;
        this.nextSequence = nextSequence;
        this.skipDamage = skipDamage;
        this.rows = rows;
    }

    /** @throws DamageException where acknowledged writes are affected and damage is not to be skipped */
    public void run() throws IOException {
        long expected = from.segment();
        for (int i = 0; i < chain.size(); i++) {
            Segment segment = chain.get(i);
            boolean last = i == chain.size() - 1;
            SegmentFormat.Header header = headerOf(segment, last || isSkipped(i));
            if (header == null) {
                continue;
            }
            if (expected != 0 && header.previousNumber() != expected && segment.number() != expected) {
                found(new DamageException(
                        segment.path().toString(),
                        0,
                        "the segment before it, number " + header.previousNumber() + ", is missing"));
            }
            expected = segment.number();
            long start = segment.number() == from.segment() ? from.bytes() : SegmentFormat.HEADER_BYTES;
            long until = last ? Long.MAX_VALUE : endSaidByNext(chain.get(i + 1), segment);
            replay(segment, start, until, last);
        }
    }

    /** Whether a later segment says that the log before it ended in another one. */
    private boolean isSkipped(int at) {
        for (int i = at + 1; i < chain.size(); i++) {
            try {
                return SegmentScan.header(chain.get(i).path()).previousNumber()
                        < chain.get(at).number();
            } catch (IOException e) {
                // The next one may say it.
            }
        }
        return false;
    }

    /** @return nothing for a segment that was being made when the process ended */
    private SegmentFormat.@Nullable Header headerOf(Segment segment, boolean last) throws IOException {
        try {
            return SegmentScan.header(segment.path());
        } catch (DamageException e) {
            if (last && !SegmentScan.hasMark(segment.path(), SegmentFormat.HEADER_BYTES)) {
                log.info("{} was being made when the store ended; it is empty", segment.path());
                return null;
            }
            found(e);
            return new SegmentFormat.Header(0, segment.number(), segment.kind(), end.segment(), end.bytes(), 0);
        }
    }

    /** A segment ends where the next one's header says; what lies behind was torn off by a crash. */
    private static long endSaidByNext(Segment next, Segment segment) {
        try {
            SegmentFormat.Header header = SegmentScan.header(next.path());
            return header.previousNumber() == segment.number() ? header.previousBytes() : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private void replay(Segment segment, long start, long until, boolean last) throws IOException {
        try (SegmentScan scan = SegmentScan.ofEnd(segment.path(), segment.slot(), start, until)) {
            RecordOrder order = new RecordOrder(segment, start);
            boolean more = true;
            boolean torn = false;
            while (more) {
                try {
                    more = scan.next(row);
                    if (more) {
                        order.require(row, scan);
                        apply(scan, segment);
                    }
                } catch (DamageException e) {
                    torn = last && !SegmentScan.hasMark(segment.path(), e.offset());
                    if (torn) {
                        log.warn("{} ends with a write that nobody was told of: {}", segment.path(), e.getMessage());
                        break;
                    }
                    found(e);
                    order.skip();
                    scan.skipDamage();
                }
            }
            if (torn) {
                end = new LogEnd(segment.number(), order.soundEnd());
                segment.setWritten(end.bytes());
                return;
            }
            if (until != Long.MAX_VALUE && scan.offset() < until) {
                found(new DamageException(
                        segment.path().toString(), scan.offset(), "the segment should have " + until + " bytes"));
            }
            end = new LogEnd(segment.number(), Math.min(scan.offset(), until));
            segment.setWritten(end.bytes());
        }
    }

    private void apply(SegmentScan scan, Segment segment) {
        nextSequence = Math.max(nextSequence, row.sequence + 1);
        if (!scan.isMark()) {
            segment.count(1);
            rows.accept(row);
        }
    }

    private void found(DamageException what) throws DamageException {
        if (!skipDamage) {
            throw what;
        }
        log.error("the store opens without what is damaged: {}", what.getMessage());
        damage.add(what);
    }

    /** What was skipped. */
    public List<DamageException> damage() {
        return List.copyOf(damage);
    }

    /** Where the log goes on. */
    public LogEnd end() {
        return end;
    }

    public long nextSequence() {
        return nextSequence;
    }
}
