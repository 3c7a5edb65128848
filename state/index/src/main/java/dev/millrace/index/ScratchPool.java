package dev.millrace.index;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/** Lends scratch memory to searches, so that they leave no garbage whatever threads they run on. Thread-safe, lock-free. */
public final class ScratchPool<T> {
    /** More searches than this at one time make their own. */
    private static final int KEPT = 64;

    private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(KEPT);
    private final Supplier<T> maker;

    public ScratchPool(Supplier<T> maker) {
        this.maker = maker;
    }

    public T take() {
        for (int i = 0; i < KEPT; i++) {
            if (free.getPlain(i) != null) {
                T scratch = free.getAndSet(i, null);
                if (scratch != null) {
                    return scratch;
                }
            }
        }
        return maker.get();
    }

    public void giveBack(T scratch) {
        for (int i = 0; i < KEPT; i++) {
            if (free.getPlain(i) == null && free.compareAndSet(i, null, scratch)) {
                return;
            }
        }
    }
}
