package dev.millrace.benchmarks.store.trace;

/** A cache of keys alone, of a fixed capacity, under some policy of admission and eviction. Not thread-safe. */
@FunctionalInterface
public interface EvictionPolicy {
    /**
     * Looks a key up and, where it is not there, offers it to the cache.
     *
     * @param key from 0 to the number of keys of the trace
     * @return whether it was there
     */
    boolean access(int key);

    /** Makes a policy; found as a service, so that those of libraries come with them. */
    interface Opener {
        String name();

        /** @param keys how many different keys the trace has */
        EvictionPolicy open(int capacity, int keys);
    }
}
