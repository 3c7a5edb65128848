package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.segment.ColdCopy;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;

/** Reads rows of a table that are not in memory, and makes sure that they are the ones that were asked for. Thread-safe. */
final class DiskReads {
    private final TieredTable table;
    private final TierCounters counters;
    private final @Nullable PersonalRows personal;
    private final boolean expires;

    DiskReads(TieredTable table, TierCounters counters) {
        this.table = table;
        this.counters = counters;
        this.personal = table.personal();
        this.expires = !table.spec().ttl().isZero();
    }

    /**
     * Reads the row that an entry names into the scratch.
     *
     * @return 1 where there is a row, 0 where it has expired, was erased or is out of reach, as {@link ReadScratch#absence} says,
     *     −1 where the key's entry changed meanwhile
     */
    int read(ReadScratch scratch, long key, long entry) {
        long began = System.nanoTime();
        scratch.absence = RowOutcome.ABSENT;
        StoredRow row = scratch.row;
        try {
            boolean there = scratch.records.read(CellIndex.place(entry), row);
            if (!there || row.key != key || row.table != table.id() || !admits(row.length)) {
                return changedOrUnread(key, entry, null);
            }
        } catch (ColdCopy.OutOfReachException e) {
            return changedOrDegraded(scratch, key, entry);
        } catch (IOException e) {
            return changedOrUnread(key, entry, e);
        }
        counters.fromDisk.increment();
        counters.diskBytes.add(row.length);
        counters.diskReads.increment();
        counters.diskPages.add(SegmentFormat.pagesOf(row.length));
        counters.diskNanos.add(System.nanoTime() - began);
        if (expires && !table.isLiveUntil(row.expiry)) {
            return 0;
        }
        return personal == null ? 1 : decrypt(personal, scratch, entry);
    }

    private boolean admits(int length) {
        return table.spec().size().admits(personal == null ? length : length - PersonalRows.OVERHEAD_BYTES);
    }

    /** Puts the plain row in the place of the encrypted one. */
    private int decrypt(PersonalRows rows, ReadScratch scratch, long entry) {
        StoredRow row = scratch.row;
        MemorySegment plain = scratch.plainOf(row.length - PersonalRows.OVERHEAD_BYTES);
        PersonalOutcome outcome = rows.open(row, plain);
        return switch (outcome) {
            case DONE -> {
                row.address = plain.address();
                row.length = (int) plain.byteSize();
                yield 1;
            }
            case ERASED -> {
                counters.erased.increment();
                scratch.absence = RowOutcome.ERASED;
                yield 0;
            }
            case UNKNOWN, DAMAGED ->
                changedOrUnread(row.key, entry, new IOException("it cannot be decrypted: " + outcome));
        };
    }

    /** Nothing is known to be wrong: the row is absent for now. */
    private int changedOrDegraded(ReadScratch scratch, long key, long entry) {
        scratch.absence = RowOutcome.DEGRADED;
        View view = table.view();
        if (view.index().entry(view.find(key)) != entry) {
            return -1;
        }
        counters.degraded.increment();
        return 0;
    }

    /** The bytes may be another's because the row has moved; if it has not, they are wrong. */
    private int changedOrUnread(long key, long entry, @Nullable IOException cause) {
        View view = table.view();
        if (view.index().entry(view.find(key)) != entry) {
            return -1;
        }
        String name = "table " + table.spec().name();
        String what = cause instanceof DamageException damage
                ? damage.getMessage()
                : "the row of key " + key + " could not be read: "
                        + (cause == null ? "another's lies in its place" : cause);
        if (isDamage(cause)) {
            table.damage().add(cause instanceof DamageException damage ? damage.file() : name, name + ": " + what);
        }
        throw new MillraceException(ErrorCode.STORAGE_FAILED, name + ": " + what, cause);
    }

    /**
     * Whether the store is not what was written, so that it stays so. A file that cannot be opened or read now may be whole, and a row
     * that cannot be decrypted is what was written: its key is not.
     */
    private static boolean isDamage(@Nullable IOException cause) {
        return cause == null || cause instanceof DamageException || cause instanceof NoSuchFileException;
    }
}
