package dev.millrace.storage.personal;

import java.util.Arrays;

/**
 * Says at which slot of a key file the record with a number is. Numbers rise with the slots and have no gaps, but where a
 * rewriting left records out: so runs of both are kept, two longs each.
 *
 * <p>One thread writes. Readers take no lock: a run is counted when it is written, and an array that grew is filled before it is
 * shown.
 */
final class KeySlots {
    /** What {@link #find} gives for a number that a rewriting left out. */
    static final long LEFT_OUT = 0;

    /** What {@link #find} gives for a number that no record has yet. */
    static final long NOT_YET = -1;

    private static final int RUN = 2;

    private volatile Runs runs = new Runs(new long[2 * RUN], 0, 0);
    private long lastNumber;
    private long lastAdded;

    /** Numbers from here on were given to no record. */
    private volatile long end;

    /** @param lastSlot the newest record's, be it damaged */
    private record Runs(long[] starts, int count, long lastSlot) {}

    /** @param nextNumber numbers below were given, even if no record has them any more */
    KeySlots(long nextNumber) {
        this.end = nextNumber;
    }

    /** The next record, whose slot and number are above those before. Called by the writing thread alone. */
    void add(long slot, long number) {
        Runs before = runs;
        boolean follows = before.count > 0 && number - lastNumber == slot - lastAdded;
        long[] starts = before.starts;
        int count = before.count;
        if (!follows) {
            starts = starts.length < RUN * (count + 1) ? Arrays.copyOf(starts, 2 * starts.length) : starts;
            starts[RUN * count] = number;
            starts[RUN * count + 1] = slot;
            count++;
        }
        lastNumber = number;
        lastAdded = slot;
        runs = new Runs(starts, count, slot);
        end = Math.max(end, number + 1);
    }

    /** The next record, whose number is not known since it is damaged: the numbers behind the last were not left out. */
    void skip(long slot) {
        Runs before = runs;
        runs = new Runs(before.starts, before.count, slot);
    }

    /** @return a slot, {@link #LEFT_OUT} or {@link #NOT_YET} */
    long find(long number) {
        if (number >= end) {
            return NOT_YET;
        }
        Runs now = runs;
        int low = 0;
        int high = now.count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (now.starts[RUN * middle] <= number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == 0) {
            return LEFT_OUT;
        }
        long slot = now.starts[RUN * (low - 1) + 1] + number - now.starts[RUN * (low - 1)];
        long last = low < now.count ? now.starts[RUN * low + 1] - 1 : now.lastSlot;
        return slot <= last ? slot : LEFT_OUT;
    }

    long end() {
        return end;
    }
}
