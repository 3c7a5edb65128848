package dev.millrace.peers;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.millrace.benchmarks.store.trace.EvictionPolicy;

/** W-TinyLFU as Caffeine has it, its housekeeping done at once on the calling thread. Not thread-safe. */
public final class TinyLfuPolicy implements EvictionPolicy {
    private final Cache<Integer, Boolean> cache;

    /** Opens {@link TinyLfuPolicy}. */
    public static final class Opener implements EvictionPolicy.Opener {
        @Override
        public String name() {
            return "W-TinyLFU";
        }

        @Override
        public EvictionPolicy open(int capacity, int keys) {
            return new TinyLfuPolicy(capacity);
        }
    }

    private TinyLfuPolicy(int capacity) {
        cache = Caffeine.newBuilder()
                .maximumSize(capacity)
                .initialCapacity(capacity)
                .executor(Runnable::run)
                .build();
    }

    @Override
    public boolean access(int key) {
        if (cache.getIfPresent(key) != null) {
            return true;
        }
        cache.put(key, Boolean.TRUE);
        return false;
    }
}
