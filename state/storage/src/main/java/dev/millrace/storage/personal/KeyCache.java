package dev.millrace.storage.personal;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Unwrapped keys of people who were lately asked for, one per place: a newer one replaces the older, and what is in memory
 * stays bounded. Thread-safe.
 */
final class KeyCache {
    private final AtomicReferenceArray<@Nullable UserKey> places;
    private final int mask;

    /** @param size a power of two, or 0 to keep none */
    KeyCache(int size) {
        this.places = new AtomicReferenceArray<>(Math.max(1, size));
        this.mask = size - 1;
    }

    @Nullable
    UserKey get(long slot) {
        UserKey found = mask < 0 ? null : places.get(placeOf(slot));
        return found != null && found.slot == slot ? found : null;
    }

    void put(UserKey key) {
        if (mask >= 0) {
            places.set(placeOf(key.slot), key);
        }
    }

    void remove(long slot) {
        UserKey found = get(slot);
        if (found != null) {
            places.compareAndSet(placeOf(slot), found, null);
        }
    }

    private int placeOf(long slot) {
        return (int) slot & mask;
    }
}
