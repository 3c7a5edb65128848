package dev.millrace.storage.cold;

/** What the cache keeps of a cold object. Immutable. */
sealed interface Cached permits ColdFooter, Cached.Block, Cached.Failure {
    /** The bytes it counts against the cache's bound, without the entry's own. */
    int weight();

    /** The verified content of one block; nobody writes to the array. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Block(byte[] bytes) implements Cached {
        @Override
        public int weight() {
            return bytes.length;
        }
    }

    /** What is known to be unreadable, so that not every read asks again. */
    record Failure(ColdRead outcome, long untilNanos) implements Cached {
        @Override
        public int weight() {
            return 0;
        }
    }
}
