package dev.millrace.storage.personal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Says where the newest record of each person is, and whether it is a drop: open addressing with linear probing, three
 * longs an entry, 36 to 72 bytes a person.
 *
 * <p>One thread writes. Readers take no lock: an entry's value is written last and read first, entries never move within an
 * array and are never removed, and a grown array is filled before it is shown. A reader that still looks at the array
 * before misses only what changed while it looked.
 */
final class SubjectIndex {
    /** What {@link #find} gives for a person without a record. */
    static final long NONE = 0;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int ENTRY = 3;
    private static final int HIGH = 1;
    private static final int LOW = 2;
    private static final int FIRST_ENTRIES = 1 << 6;

    /** 2^29 entries are what an array takes; at the load below, 350 million people. */
    private static final int MOST_ENTRIES = 1 << 29;

    private volatile long[] entries = new long[ENTRY * FIRST_ENTRIES];
    private int size;

    /** The place of a live key's record. */
    static long live(long slot) {
        return slot;
    }

    /** The place of a drop's record. */
    static long dropped(long slot) {
        return -slot;
    }

    static boolean isDropped(long value) {
        return value < 0;
    }

    static long slotOf(long value) {
        return Math.abs(value);
    }

    /** @return what was put for this person, or {@link #NONE} */
    long find(SubjectId subject) {
        long[] table = entries;
        int mask = table.length / ENTRY - 1;
        int at = hash(subject) & mask;
        while (true) {
            int place = ENTRY * at;
            // Read once: an empty place may get another person while it is looked at.
            long value = (long) LONGS.getAcquire(table, place);
            if (value == NONE || (table[place + HIGH] == subject.high() && table[place + LOW] == subject.low())) {
                return value;
            }
            at = (at + 1) & mask;
        }
    }

    /** Called by the writing thread alone. */
    void put(SubjectId subject, long value) {
        long[] table = entries;
        int place = placeOf(table, subject);
        if (table[place] == NONE) {
            if (size + 1 > table.length / ENTRY / 3 * 2) {
                table = grown(table);
                place = placeOf(table, subject);
                entries = table;
            }
            size++;
        }
        table[place + HIGH] = subject.high();
        table[place + LOW] = subject.low();
        LONGS.setRelease(table, place, value);
    }

    int size() {
        return size;
    }

    /** Where the person is, or would be put. Called by the writing thread alone. */
    private static int placeOf(long[] table, SubjectId subject) {
        int mask = table.length / ENTRY - 1;
        int at = hash(subject) & mask;
        while (true) {
            int place = ENTRY * at;
            boolean same = table[place + HIGH] == subject.high() && table[place + LOW] == subject.low();
            if (same || table[place] == NONE) {
                return place;
            }
            at = (at + 1) & mask;
        }
    }

    private static long[] grown(long[] table) {
        int count = table.length / ENTRY;
        if (count >= MOST_ENTRIES) {
            throw new IllegalStateException("a key table takes at most " + MOST_ENTRIES / 3 * 2 + " people");
        }
        long[] larger = new long[2 * table.length];
        for (int place = 0; place < table.length; place += ENTRY) {
            if (table[place] != NONE) {
                int to = placeOf(larger, new SubjectId(table[place + HIGH], table[place + LOW]));
                System.arraycopy(table, place, larger, to, ENTRY);
            }
        }
        return larger;
    }

    /** The finaliser of MurmurHash3 (Appleby, 2011) over both halves. */
    private static int hash(SubjectId subject) {
        long mixed = (subject.high() * 0x9E3779B97F4A7C15L) ^ subject.low();
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return (int) (mixed ^ (mixed >>> 33));
    }
}
