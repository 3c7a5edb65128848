package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.RowSlab;
import dev.millrace.storage.memory.S3Fifo;

/**
 * How many rows of one size have room in a table's budget, with all that belongs to them: places, marks, scales, times, and what
 * chooses who stays. Only the index is beside it, since it holds the keys of all rows, in memory or not. Stateless.
 */
final class RowRoom {
    /** A slot within the budget that no row stays in, so that a full table can still replace one. */
    static final int SPARE = 1;

    private static final int MOST_SLOTS = Integer.MAX_VALUE - 8;

    private RowRoom() {}

    /** What so many slots take. */
    static double bytesFor(TableSpec spec, long slots) {
        double policy = spec.placement().keepsAll() ? 0 : S3Fifo.bytesFor(slots);
        return RowSlab.bytesFor(spec.residentBytes(), spec.parts(), slots) + policy;
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where not one row has room, or more than a table can hold in memory */
    static int slots(TableSpec spec) {
        long slots = largestWithin(spec);
        if (slots <= SPARE || slots > MOST_SLOTS) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + spec.name() + ": a budget of " + spec.dramBytes() + " bytes holds "
                            + Math.max(0, slots - SPARE) + " rows of " + spec.residentBytes()
                            + " bytes; it must hold 1, which takes " + (long) bytesFor(spec, 1 + SPARE) + " bytes, to "
                            + (MOST_SLOTS - SPARE));
        }
        return (int) slots;
    }

    /** By halves: what slots take only grows with their number. */
    private static long largestWithin(TableSpec spec) {
        long fits = 0;
        long most = spec.maxRows() + SPARE;
        while (fits < most) {
            long middle = fits + (most - fits + 1) / 2;
            if (bytesFor(spec, middle) <= spec.dramBytes()) {
                fits = middle;
            } else {
                most = middle - 1;
            }
        }
        return fits;
    }
}
