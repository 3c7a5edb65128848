package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.personal.ValuePlace;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How the rows of a personal table lie in segments. Thread-safe.
 *
 * <pre>
 *  0               16                  52 + n
 * +---------------+-------------------+
 * | person, u128  | encrypted row     |
 * +---------------+-------------------+
 * </pre>
 *
 * <p>A row is encrypted before any lock is taken, and bound to table, key and expiry. Whether its person's key has been dropped
 * since is looked at again under the table's lock, by which a drop takes plain rows out of memory: whichever comes
 * second sees the other.
 */
final class PersonalRows {
    static final int SUBJECT_BYTES = 2 * Long.BYTES;
    /** What a row takes more in a segment than in memory. */
    static final int OVERHEAD_BYTES = SUBJECT_BYTES + PersonalCipher.OVERHEAD_BYTES;

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int table;
    private final TableSpec spec;
    private final PersonalCipher cipher;

    PersonalRows(int table, TableSpec spec, PersonalCipher cipher) {
        this.table = table;
        this.spec = spec;
        this.cipher = cipher;
    }

    /** @throws MillraceException {@code INVALID_REQUEST} for a personal table of a store without keys */
    static void requireKeys(TableSpec spec, StoreConfig config) {
        if (spec.personal() && config.keys() == null) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + spec.name()
                            + " is personal: its rows are encrypted, and the store has no key table. Give it"
                            + " one (--keys DIR and --master-key FILE of 'millrace store', StoreConfig.withKeys in Java)");
        }
    }

    /** @throws IllegalArgumentException where an owner is named for rows that have none */
    static void requireOwned(TableSpec spec, @Nullable SubjectId owner) {
        if (owner != null && !spec.personal()) {
            throw new IllegalArgumentException("table " + spec.name() + " is not personal: its rows have no owner");
        }
    }

    /** What a row of that length takes in memory with whose it is. */
    static int withOwner(int length) {
        return ownerAt(length) + SUBJECT_BYTES;
    }

    /** Where in memory it stands whose a row is, from the row's beginning. */
    static int ownerAt(int length) {
        return (length + Long.BYTES - 1) & -Long.BYTES;
    }

    /** Rows on their way to segments. Owned by the writing thread. */
    final class Sealed {
        private final MemorySegment bytes;
        private final int[] ends;
        private int current;

        private Sealed(MemorySegment bytes, int[] ends) {
            this.bytes = bytes;
            this.ends = ends;
        }

        MemorySegment bytes() {
            return bytes;
        }

        /** Where the present row begins. */
        long at() {
            return current == 0 ? 0 : ends[current - 1];
        }

        int length() {
            return (int) (ends[current] - at());
        }

        /** @param into gets whose the row is */
        void moveTo(int row, StoredRow into) {
            current = row;
            note(bytes.asSlice(at(), length()), into);
        }

        /** @throws MillraceException {@code CONFLICT} where a person's key was dropped since */
        void requireCurrent() {
            StoredRow row = new StoredRow();
            for (int i = 0; i < ends.length; i++) {
                moveTo(i, row);
                SubjectId subject = new SubjectId(row.personHigh, row.personLow);
                requireDone(subject, cipher.outlook(subject, row.keyWord));
            }
        }
    }

    /**
     * Encrypts rows.
     *
     * @param owner whose all rows are; nothing where each key is the person's
     * @param lengths as {@link TieredTable#write} has them
     * @throws MillraceException {@code CONFLICT} for a person whose key was dropped
     */
    Sealed seal(
            @Nullable SubjectId owner,
            long[] keys,
            int start,
            int end,
            MemorySegment from,
            long offset,
            int @Nullable [] lengths,
            int expiry) {
        cipher.admitUnknown(owner != null ? List.of(owner) : owners(keys, start, end));
        int[] ends = new int[end - start];
        int total = 0;
        for (int i = start; i < end; i++) {
            total += (lengths == null ? spec.rowBytes() : lengths[i]) + OVERHEAD_BYTES;
            ends[i - start] = total;
        }
        MemorySegment sealed = MemorySegment.ofArray(new byte[total]);
        long at = offset;
        long to = 0;
        for (int i = start; i < end; i++) {
            int length = lengths == null ? spec.rowBytes() : lengths[i];
            SubjectId subject = owner != null ? owner : SubjectId.of(keys[i]);
            seal(subject, keys[i], expiry, from.asSlice(at, length), sealed.asSlice(to, length + OVERHEAD_BYTES));
            at += lengths == null ? length : ValueTable.aligned(length);
            to += length + OVERHEAD_BYTES;
        }
        return new Sealed(sealed, ends);
    }

    private void seal(SubjectId subject, long key, int expiry, MemorySegment plain, MemorySegment into) {
        into.set(WORD, 0, subject.high());
        into.set(WORD, Long.BYTES, subject.low());
        requireDone(subject, cipher.encrypt(subject, place(key, expiry), plain, into.asSlice(SUBJECT_BYTES)));
    }

    private static Set<SubjectId> owners(long[] keys, int start, int end) {
        Set<SubjectId> owners = new HashSet<>();
        for (int i = start; i < end; i++) {
            owners.add(SubjectId.of(keys[i]));
        }
        return owners;
    }

    /**
     * Decrypts a row as it was read from a segment, and notes in it whose it is.
     *
     * @return {@code DONE}, {@code ERASED}, or why it cannot be read; then nothing is written
     */
    PersonalOutcome open(StoredRow row, MemorySegment into) {
        MemorySegment stored = RawMemory.view(row.address, row.length);
        note(stored, row);
        SubjectId subject = new SubjectId(row.personHigh, row.personLow);
        return cipher.decrypt(subject, place(row.key, row.expiry), stored.asSlice(SUBJECT_BYTES), into);
    }

    /**
     * Decrypts a row as it was read from a segment, whose length is that of the plain row afterwards.
     *
     * @return nothing where it cannot be read
     */
    @Nullable
    MemorySegment open(StoredRow row) {
        if (row.length < OVERHEAD_BYTES) {
            return null;
        }
        MemorySegment plain = MemorySegment.ofArray(new byte[row.length - OVERHEAD_BYTES]);
        if (open(row, plain) != PersonalOutcome.DONE) {
            return null;
        }
        row.length -= OVERHEAD_BYTES;
        return plain;
    }

    private static void note(MemorySegment stored, StoredRow into) {
        into.personHigh = stored.get(WORD, 0);
        into.personLow = stored.get(WORD, Long.BYTES);
        into.keyWord = PersonalCipher.keyWord(stored.asSlice(SUBJECT_BYTES));
    }

    /** Whether the key of the person of a decrypted row is still there. */
    boolean isCurrent(StoredRow row) {
        SubjectId subject = new SubjectId(row.personHigh, row.personLow);
        return cipher.outlook(subject, row.keyWord) == PersonalOutcome.DONE;
    }

    /** Whether the key of a row as it lies in a segment was dropped. */
    boolean isErased(StoredRow row) {
        if (row.length < OVERHEAD_BYTES) {
            return false;
        }
        note(RawMemory.view(row.address, row.length), row);
        SubjectId subject = new SubjectId(row.personHigh, row.personLow);
        return cipher.outlook(subject, row.keyWord) == PersonalOutcome.ERASED;
    }

    /** Whether a row as it lies in a segment is that person's. */
    static boolean isOf(StoredRow row, SubjectId subject) {
        if (row.length < OVERHEAD_BYTES) {
            return false;
        }
        note(RawMemory.view(row.address, row.length), row);
        return row.personHigh == subject.high() && row.personLow == subject.low();
    }

    private ValuePlace place(long key, int expiry) {
        return new ValuePlace(table, key, expiry);
    }

    private void requireDone(SubjectId subject, PersonalOutcome outcome) {
        switch (outcome) {
            case DONE -> {}
            case ERASED ->
                throw new MillraceException(
                        ErrorCode.CONFLICT,
                        "table " + spec.name() + ": the key of person " + subject
                                + " was dropped, and no rows of theirs are taken; readmit them first");
            case UNKNOWN, DAMAGED ->
                throw new MillraceException(
                        ErrorCode.STORAGE_FAILED,
                        "table " + spec.name() + ": the key of person " + subject
                                + " is damaged in the key table; put the key table back from a copy, or drop the key");
        }
    }
}
