package dev.millrace.recommend.live;

import dev.millrace.features.FeatureListener;
import org.jspecify.annotations.Nullable;

/**
 * The place of the live model. A swap is atomic; the old model is closed after the last request that uses it has ended.
 * Register it as a listener of the features, so that the live model hears of new items. Thread-safe.
 */
public final class ModelSlot implements FeatureListener, AutoCloseable {
    private volatile @Nullable LiveModel current;
    private boolean closed;

    /** The version of the live model; empty while there is none. */
    public String version() {
        LiveModel model = current;
        return model == null ? "" : model.version();
    }

    /** The sequence of the delta that the live model answers with; 0 without any. */
    public long deltaSequence() {
        LiveModel model = current;
        return model == null ? 0 : model.changes().sequence();
    }

    /** Leases the live model, to be given back with {@link LiveModel#release()}; null while there is none. */
    public @Nullable LiveModel acquire() {
        while (true) {
            LiveModel model = current;
            if (model == null || model.tryRetain()) {
                return model;
            }
            // It was swapped out and closed between the two lines: the next look finds its successor.
            Thread.onSpinWait();
        }
    }

    /** Makes a model the live one. The slot owns it from now on. */
    public void swap(LiveModel next) {
        LiveModel old = replace(next);
        if (old != null) {
            old.release();
        }
        // Items that came while the model was built were told to its predecessor alone.
        if (next.tryRetain()) {
            try {
                next.catchUp();
            } finally {
                next.release();
            }
        }
    }

    @Override
    public void onItemUpserted(int item) {
        LiveModel model = acquire();
        if (model != null) {
            try {
                model.addItem(item);
            } finally {
                model.release();
            }
        }
    }

    @Override
    public void onItemDeleted(int item) {
        LiveModel model = acquire();
        if (model != null) {
            try {
                model.removeItem(item);
            } finally {
                model.release();
            }
        }
    }

    /** Retires the live model; later requests are answered without one. */
    @Override
    public void close() {
        LiveModel old = replace(null);
        if (old != null) {
            old.release();
        }
    }

    private synchronized @Nullable LiveModel replace(@Nullable LiveModel next) {
        if (closed) {
            return next;
        }
        closed = next == null;
        LiveModel old = current;
        current = next;
        return old;
    }
}
