package dev.millrace.storage.cipher;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Costly objects that a thread borrows for the length of one call. Each thread looks at a place of its own first, so that
 * it mostly gets what it had before; virtual threads, which are many and short-lived, share them as well. Thread-safe.
 */
public final class SharedPool<T> {
    private static final int TRIES = 4;

    private final Supplier<T> maker;
    private final AtomicReferenceArray<@Nullable T> places;
    private final int mask;

    public SharedPool(Supplier<T> maker) {
        this.maker = maker;
        int size = Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors() - 1) << 1;
        this.places = new AtomicReferenceArray<>(size);
        this.mask = size - 1;
    }

    /** Whoever borrows gives back, also after a failure. */
    public T borrow() {
        int first = first();
        for (int i = 0; i < TRIES; i++) {
            T found = places.getAndSet((first + i) & mask, null);
            if (found != null) {
                return found;
            }
        }
        return maker.get();
    }

    public void giveBack(T borrowed) {
        int first = first();
        for (int i = 0; i < TRIES; i++) {
            if (places.compareAndSet((first + i) & mask, null, borrowed)) {
                return;
            }
        }
    }

    private int first() {
        return (int) Thread.currentThread().threadId() * TRIES;
    }
}
