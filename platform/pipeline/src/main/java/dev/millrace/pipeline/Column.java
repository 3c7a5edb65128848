package dev.millrace.pipeline;

/**
 * A field of which each candidate has one, stored as one primitive array per frame. Immutable.
 *
 * @param <A> the array's type
 */
public abstract sealed class Column<A> implements Field<A> {
    private final String name;

    private Column(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String toString() {
        return name;
    }

    abstract A allocate(int capacity);

    /** Makes element {@code i} of the array what element {@code rows[i]} was, for the first {@code n}. */
    abstract void gather(A array, A scratch, int[] rows, int n);

    /** A column of ints. */
    public static final class IntColumn extends Column<int[]> {
        public IntColumn(String name) {
            super(name);
        }

        @Override
        int[] allocate(int capacity) {
            return new int[capacity];
        }

        @Override
        void gather(int[] array, int[] scratch, int[] rows, int n) {
            for (int i = 0; i < n; i++) {
                scratch[i] = array[rows[i]];
            }
            System.arraycopy(scratch, 0, array, 0, n);
        }
    }

    /** A column of longs, often bit sets. */
    public static final class LongColumn extends Column<long[]> {
        public LongColumn(String name) {
            super(name);
        }

        @Override
        long[] allocate(int capacity) {
            return new long[capacity];
        }

        @Override
        void gather(long[] array, long[] scratch, int[] rows, int n) {
            for (int i = 0; i < n; i++) {
                scratch[i] = array[rows[i]];
            }
            System.arraycopy(scratch, 0, array, 0, n);
        }
    }

    /** A column of floats. */
    public static final class FloatColumn extends Column<float[]> {
        public FloatColumn(String name) {
            super(name);
        }

        @Override
        float[] allocate(int capacity) {
            return new float[capacity];
        }

        @Override
        void gather(float[] array, float[] scratch, int[] rows, int n) {
            for (int i = 0; i < n; i++) {
                scratch[i] = array[rows[i]];
            }
            System.arraycopy(scratch, 0, array, 0, n);
        }
    }
}
