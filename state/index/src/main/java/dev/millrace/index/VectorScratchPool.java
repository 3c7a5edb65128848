package dev.millrace.index;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** Lends scratch memory to searches, so that they leave no garbage whatever threads they run on. Thread-safe, lock-free. */
final class VectorScratchPool {
    /** More searches than this at one time make their own. */
    private static final int KEPT = 64;

    private final AtomicReferenceArray<VectorScratch> free = new AtomicReferenceArray<>(KEPT);

    VectorScratch take() {
        for (int i = 0; i < KEPT; i++) {
            if (free.getPlain(i) != null) {
                VectorScratch scratch = free.getAndSet(i, null);
                if (scratch != null) {
                    return scratch;
                }
            }
        }
        return new VectorScratch();
    }

    void giveBack(VectorScratch scratch) {
        for (int i = 0; i < KEPT; i++) {
            if (free.getPlain(i) == null && free.compareAndSet(i, null, scratch)) {
                return;
            }
        }
    }
}
