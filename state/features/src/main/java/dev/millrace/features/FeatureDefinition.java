package dev.millrace.features;

/**
 * One feature: its name, its version, how events update it, and how it is read at a point in time. Immutable; the same
 * definition serves answers and makes training rows.
 */
public sealed interface FeatureDefinition {
    /** Unique in its schema. */
    String name();

    /** Counted up whenever the meaning of the values changes, so that a model is never fed others than it learned from. */
    int version();

    /** Which events change it, and how, in a sentence. */
    String update();

    /** A number per item. */
    record Numeric(String name, int version, String update, NumericReader reader) implements FeatureDefinition {
        public void read(Moment moment, int[] items, int n, float[] into) {
            reader.read(moment, items, n, into);
        }
    }

    /** A bucket per item, for ids of which there are too many to number. */
    record Hashed(String name, int version, String update, HashedIds ids, HashedReader reader)
            implements FeatureDefinition {
        public void read(Moment moment, int[] items, int n, int[] into) {
            reader.read(moment, ids, items, n, into);
        }
    }

    /** Some buckets of the user. */
    record Profile(String name, int version, String update, HashedIds ids, ProfileReader reader)
            implements FeatureDefinition {
        /** @return how many buckets were written: at most as many as the array holds */
        public int read(Moment moment, int[] into) {
            return reader.read(moment, ids, into);
        }
    }

    /** Some buckets of an item. */
    record ItemProfile(String name, int version, String update, HashedIds ids, ItemProfileReader reader)
            implements FeatureDefinition {
        /** @return how many buckets were written: at most as many as the array holds */
        public int read(Moment moment, int item, int[] into) {
            return reader.read(moment, ids, item, into);
        }
    }

    /** The newest positive actions of the user. */
    record Sequence(String name, int version, String update, int length) implements FeatureDefinition {
        /** @return how many were written, newest last */
        public int read(Moment moment, int[] items, long[] millis, byte[] actions) {
            return moment.userRow().history(items, millis, actions);
        }
    }

    /** Fills one number for each of the first n items. */
    @FunctionalInterface
    interface NumericReader {
        void read(Moment moment, int[] items, int n, float[] into);
    }

    /** Fills one bucket for each of the first n items. */
    @FunctionalInterface
    interface HashedReader {
        void read(Moment moment, HashedIds ids, int[] items, int n, int[] into);
    }

    /** Fills buckets of the user; returns how many. */
    @FunctionalInterface
    interface ProfileReader {
        int read(Moment moment, HashedIds ids, int[] into);
    }

    /** Fills buckets of an item; returns how many. */
    @FunctionalInterface
    interface ItemProfileReader {
        int read(Moment moment, HashedIds ids, int item, int[] into);
    }
}
