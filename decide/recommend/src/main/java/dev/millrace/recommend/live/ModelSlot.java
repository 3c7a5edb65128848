package dev.millrace.recommend.live;

import dev.millrace.features.FeatureListener;
import org.jspecify.annotations.Nullable;

/**
 * The place of what is live of one kind: the model, or the ranker. A swap is atomic; the old one is closed after the last request
 * that uses it has ended. Register it as a listener of the features, so that what is live hears of new items. Thread-safe.
 */
public final class ModelSlot<M extends LeasedModel> implements FeatureListener, AutoCloseable {
    private volatile @Nullable M current;
    private boolean closed;

    /** The version of the live model; empty while there is none. */
    public String version() {
        M model = current;
        return model == null ? "" : model.version();
    }

    /** The sequence of the delta that the live model answers with; 0 without any. */
    public long deltaSequence() {
        M model = current;
        return model == null ? 0 : model.deltaSequence();
    }

    /** Leases the live model, to be given back with {@link LeasedModel#release()}; null while there is none. */
    public @Nullable M acquire() {
        while (true) {
            M model = current;
            if (model == null || model.tryRetain()) {
                return model;
            }
            // It was swapped out and closed between the two lines: the next look finds its successor.
            Thread.onSpinWait();
        }
    }

    /** Makes a model the live one. The slot owns it from now on. */
    public void swap(M next) {
        M old = replace(next);
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
        M model = acquire();
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
        M model = acquire();
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
        M old = replace(null);
        if (old != null) {
            old.release();
        }
    }

    private synchronized @Nullable M replace(@Nullable M next) {
        if (closed) {
            return next;
        }
        closed = next == null;
        M old = current;
        current = next;
        return old;
    }
}
