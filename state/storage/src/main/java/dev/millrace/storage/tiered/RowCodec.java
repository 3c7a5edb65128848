package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.kernels.RowMath;
import dev.millrace.storage.memory.RowSlab;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How the rows of a table lie in memory, by its {@link Precision}: what can be kept, how a row is written, copied out and
 * summed up. Rows are written by the thread that holds the table's lock, and read by any.
 */
final class RowCodec {
    /** One row in 64 tells the error well enough, and costs next to nothing. */
    private static final int MEASURED_ONE_IN = 64;

    private final Precision precision;
    private final int rowBytes;
    private final int dimensions;
    private final RowSlab slab;

    private double errorSum;
    private double errorLargest;
    private long rounded;

    RowCodec(TableSpec spec, RowSlab slab) {
        this.precision = spec.precision();
        this.rowBytes = spec.rowBytes();
        this.dimensions = spec.dimensions();
        this.slab = slab;
    }

    RowSlab slab() {
        return slab;
    }

    /** Whether the row can be kept in memory. */
    boolean canHold(MemorySegment from, long offset) {
        return switch (precision) {
            case EXACT -> true;
            case FLOAT16 -> RowMath.isWithin(RowMath.LARGEST_HALF, from, offset, dimensions);
            case INT8 -> RowMath.isWithin(Float.MAX_VALUE, from, offset, dimensions);
        };
    }

    /** What a row must be for {@link #canHold}. */
    String limits() {
        return switch (precision) {
            case EXACT -> "anything";
            case FLOAT16 -> "finite floats of at most " + RowMath.LARGEST_HALF;
            case INT8 -> "finite floats";
        };
    }

    /**
     * Fills a slot, to which no entry points.
     *
     * @return the slot, which has the row's scale in it from now on
     */
    long write(long slot, MemorySegment from, long offset) {
        long address = slab.address(slot);
        long filled = slot;
        switch (precision) {
            case EXACT -> RawMemory.copy(from, offset, address, rowBytes);
            case FLOAT16 -> RowMath.floatsToHalves(from, offset, dimensions, address);
            case INT8 -> {
                filled = slab.withScale(slot, RowMath.leastScale(from, offset, dimensions));
                RowMath.quantise(from, offset, dimensions, slab.scale(filled), address);
            }
        }
        if (precision != Precision.EXACT && rounded++ % MEASURED_ONE_IN == 0) {
            measure(filled, from, offset);
        }
        return filled;
    }

    private void measure(long slot, MemorySegment from, long offset) {
        long address = slab.address(slot);
        float scale = precision == Precision.INT8 ? slab.scale(slot) : 0;
        double error = 0;
        double magnitude = 0;
        for (int d = 0; d < dimensions; d++) {
            float exact = from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + 4L * d);
            float kept =
                    precision == Precision.INT8 ? scale * RawMemory.getByte(address + d) : RowMath.getHalf(address, d);
            error = Math.max(error, Math.abs(exact - kept));
            magnitude = Math.max(magnitude, Math.abs(exact));
        }
        if (magnitude > 0) {
            errorSum += error / magnitude;
            errorLargest = Math.max(errorLargest, error / magnitude);
        }
    }

    TableStat.QuantisationError error() {
        long measured = (rounded + MEASURED_ONE_IN - 1) / MEASURED_ONE_IN;
        return new TableStat.QuantisationError(errorLargest, measured == 0 ? 0 : errorSum / measured);
    }

    /** Copies one row out. */
    void read(long slot, MemorySegment into, long offset) {
        switch (precision) {
            case EXACT -> RawMemory.copy(slab.address(slot), into, offset, rowBytes);
            case FLOAT16 -> RowMath.halvesToFloats(slab.address(slot), dimensions, into, offset);
            case INT8 -> RowMath.dequantise(slab.address(slot), slab.scale(slot), dimensions, into, offset);
        }
    }

    /**
     * Copies rows out.
     *
     * @param scales of rows of bytes
     * @param pitch how many bytes lie between the beginnings of one row and the next
     */
    void readAll(long[] addresses, float[] scales, int rows, MemorySegment into, long offset, long pitch) {
        switch (precision) {
            case EXACT -> RawMemory.copyAll(addresses, rows, rowBytes, into, offset, pitch);
            case FLOAT16 -> {
                for (int i = 0; i < rows; i++) {
                    RowMath.halvesToFloats(addresses[i], dimensions, into, offset + i * pitch);
                }
            }
            case INT8 -> {
                for (int i = 0; i < rows; i++) {
                    RowMath.dequantise(addresses[i], scales[i], dimensions, into, offset + i * pitch);
                }
            }
        }
    }

    /** {@code into[d] = Σ weights[i] · row_i[d]}; to the weight of a row of bytes belongs its scale. */
    void sum(long[] addresses, float[] weights, int rows, float[] into) {
        switch (precision) {
            case EXACT -> RowMath.sumFloats(addresses, weights, rows, dimensions, into);
            case FLOAT16 -> RowMath.sumHalves(addresses, weights, rows, dimensions, into);
            case INT8 -> RowMath.sumBytes(addresses, weights, rows, dimensions, into);
        }
    }
}
