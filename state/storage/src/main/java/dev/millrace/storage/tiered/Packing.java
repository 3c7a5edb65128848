package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.PackWriter;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies what is alive in segments to new ones, while writers and readers go on. Owned by the keeper.
 *
 * <p>A row moves in three steps: it is on disk at its new place; then its key's entry names that place, unless the row has changed
 * meanwhile; and the old segment goes when a checkpoint no longer names it. Removals are kept as long as they hide something
 * ({@link Removals}). Rows keep the order of their segments, but for those of which a {@link RowOrder} says another.
 *
 * <p>When it fails half-way, what has moved has moved; segments of which something has not stay, and are packed again. A segment
 * with damage stays as it is until the next start, since what could not be read would go with it.
 */
final class Packing {
    private static final Logger log = LoggerFactory.getLogger(Packing.class);
    private static final long PORTION_BYTES = 4 << 20;

    private final TieredStore store;
    private final Disk disk;
    private final long storeId;
    private final StoreCheckpoints checkpoints;
    private final Removals removals;
    private final List<Move> moves = new ArrayList<>();
    /** Segments of which everything was copied, though not yet moved. */
    private final List<Segment> copied = new ArrayList<>();

    private final long lookAgain;
    private long portionBytes;
    private @Nullable PackWriter writer;
    private int packed;

    private record Move(int table, long key, long from, long to) {}

    Packing(TieredStore store, Disk disk, long storeId, StoreCheckpoints checkpoints) {
        this.store = store;
        this.disk = disk;
        this.storeId = storeId;
        this.checkpoints = checkpoints;
        this.removals = new Removals(store);
        this.lookAgain = store.segments().lookAgain();
    }

    /**
     * @param orders in which the rows of some tables are written first; all others follow as they lie
     * @return how many segments were packed
     */
    int pack(List<Segment> worn, List<RowOrder> orders) throws IOException {
        List<Segment> whole = new ArrayList<>();
        for (Segment segment : worn) {
            if (gather(segment)) {
                whole.add(segment);
            }
        }
        removals.look(store.segments().all());
        boolean done = false;
        try {
            for (RowOrder order : orders) {
                copy(order, whole);
            }
            for (Segment segment : whole) {
                copy(segment);
                copied.add(segment);
                boolean ignored = checkpoints.keepUp();
            }
            finish();
            done = true;
        } finally {
            if (!done) {
                giveUp();
            }
        }
        return packed;
    }

    private boolean gather(Segment segment) throws IOException {
        try {
            removals.gather(segment);
            return true;
        } catch (DamageException e) {
            log.error("{} is not packed, and stays until the next start: {}", segment.path(), e.getMessage());
            segment.leaveAlone();
            store.found().add(e);
            return false;
        }
    }

    private void finish() throws IOException {
        PackWriter current = writer;
        if (current != null) {
            move(current);
            writer = null;
            current.close();
        }
        // All that was copied has moved now.
        copied.forEach(Segment::retire);
        packed += copied.size();
        copied.clear();
    }

    /** What was copied and not moved is nobody's; a new segment of which nothing is used goes again. */
    private void giveUp() {
        PackWriter current = writer;
        if (current == null) {
            return;
        }
        writer = null;
        moves.forEach(move -> store.segments().countDead(move.to));
        if (current.segment().live() <= 0) {
            current.segment().retire();
        }
        try {
            current.close();
        } catch (IOException e) {
            log.warn("{} could not be closed: {}", current.segment().path(), e.toString());
        }
    }

    /** The segment to which the next record goes: another where it would not fit. */
    private PackWriter writerFor(StoredRow row) throws IOException {
        PackWriter current = writer;
        if (current != null
                && current.hasRoomFor(row.length, store.config().log().segmentBytes())) {
            return current;
        }
        finish();
        PackWriter next = new PackWriter(store.segments(), disk, storeId);
        writer = next;
        return next;
    }

    /** What has moved to a new segment is passed over when the old one is copied. */
    private void copy(RowOrder order, List<Segment> whole) throws IOException {
        beginPage();
        order.forEach(store, whole, this::copy, () -> {
            boolean ignored = checkpoints.keepUp();
        });
        beginPage();
    }

    /** Blocks of rows that belong together begin where pages do. */
    private void beginPage() throws IOException {
        PackWriter current = writer;
        if (current != null) {
            move(current);
        }
    }

    private void copy(Segment segment) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, segment.written())) {
            while (scan.next(row)) {
                if (!scan.isMark()) {
                    copy(row);
                }
            }
        }
    }

    private void copy(StoredRow row) throws IOException {
        TieredTable table = store.tableById(row.table);
        if (row.table == Catalog.TABLE) {
            keep(row);
        } else if (table != null && !row.removal && table.upkeep().isAt(row.key, row.place)) {
            if (isErased(table, row)) {
                table.erasure().eraseAt(row.key, row.place);
                return;
            }
            PackWriter current = writerFor(row);
            if (portionBytes >= PORTION_BYTES && current.beginsPage(row)) {
                move(current);
            }
            long to = current.append(row);
            moves.add(new Move(row.table, row.key, row.place, to));
            portionBytes += row.length;
        } else if (removals.removes(row) && !removals.isNeedless(row)) {
            row.removal = true;
            row.length = 0;
            row.expiry = 0;
            keep(row);
        }
    }

    /** Copies a record that no entry names. It is looked at again when many other segments have gone. */
    private void keep(StoredRow row) throws IOException {
        PackWriter current = writerFor(row);
        store.segments().countDead(current.append(row));
        current.segment().keep(lookAgain);
    }

    /** Rows whose person's key was dropped go: nobody can read them. */
    private static boolean isErased(TieredTable table, StoredRow row) {
        PersonalRows personal = table.personal();
        return personal != null && personal.isErased(row);
    }

    private void move(PackWriter current) throws IOException {
        current.finish();
        for (Move move : moves) {
            TieredTable table = store.tableById(move.table);
            if (table == null || !table.upkeep().moved(move.key, move.from, move.to)) {
                store.segments().countDead(move.to);
            }
        }
        moves.clear();
        portionBytes = 0;
    }
}
