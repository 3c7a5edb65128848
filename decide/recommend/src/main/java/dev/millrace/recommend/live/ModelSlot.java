package dev.millrace.recommend.live;

import dev.millrace.features.FeatureListener;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The place of what is live of one kind: the model, or the ranker. A swap is atomic; the old one is closed after the last request
 * that uses it has ended, or, where it is kept, when there has to be room for another. Register it as a listener of the features, so
 * that what is live or kept hears of new items. Thread-safe.
 */
public final class ModelSlot<M extends LeasedModel> implements FeatureListener, AutoCloseable {
    private final boolean keepsPrevious;
    private volatile @Nullable M current;
    /** What was live before. Written under the lock. */
    private volatile @Nullable M previous;

    private boolean closed;

    /** A place that keeps nothing of what was live before. */
    public ModelSlot() {
        this(false);
    }

    /** @param keepsPrevious whether what was live before stays ready to be live again at once */
    public ModelSlot(boolean keepsPrevious) {
        this.keepsPrevious = keepsPrevious;
    }

    /** The version of the live model; empty while there is none. */
    public String version() {
        return version(current);
    }

    /** The version that is kept to be live again at once; empty where there is none. */
    public String previousVersion() {
        return version(previous);
    }

    private static String version(@Nullable LeasedModel model) {
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
        release(replace(next));
        // Items that came while the model was built were told to its predecessor alone.
        if (next.tryRetain()) {
            try {
                next.catchUp();
            } finally {
                next.release();
            }
        }
    }

    /**
     * Makes the version that was live before the live one again, and keeps the other in its stead. By the thread that swaps.
     *
     * @return whether it was there
     */
    public boolean restore(String version) {
        M kept = previous;
        if (kept == null || !kept.version().equals(version)) {
            return false;
        }
        kept.comeBack();
        release(replace(kept));
        return true;
    }

    /** Lets go of what was live before, so that another can be loaded. By the thread that swaps. */
    public void makeRoom() {
        release(takePrevious());
    }

    @Override
    public void onItemUpserted(int item) {
        tell(model -> model.addItem(item));
    }

    @Override
    public void onItemDeleted(int item) {
        tell(model -> model.removeItem(item));
    }

    private void tell(Consumer<LeasedModel> news) {
        List<M> models = leaseAll();
        try {
            models.forEach(news);
        } finally {
            models.forEach(LeasedModel::release);
        }
    }

    /** What is live and what is kept at one moment: who asked for one after the other could miss one of two that change places. */
    private synchronized List<M> leaseAll() {
        List<M> leased = new ArrayList<>(2);
        lease(current, leased);
        lease(previous, leased);
        return leased;
    }

    private void lease(@Nullable M model, List<M> leased) {
        if (model != null && model.tryRetain()) {
            leased.add(model);
        }
    }

    /** Retires what is live and what is kept; later requests are answered without one. */
    @Override
    public void close() {
        release(replace(null));
        release(takePrevious());
    }

    private static void release(@Nullable LeasedModel model) {
        if (model != null) {
            model.release();
        }
    }

    /** @return what nobody needs any more */
    private synchronized @Nullable M replace(@Nullable M next) {
        if (closed) {
            return next;
        }
        closed = next == null;
        M old = current;
        if (!keepsPrevious || closed) {
            current = next;
            return old;
        }
        M older = previous;
        previous = old;
        current = next;
        return isSame(older, next) ? null : older;
    }

    @SuppressWarnings("ReferenceEquality") // Models have no value; each is another.
    private static boolean isSame(@Nullable LeasedModel one, @Nullable LeasedModel other) {
        return one == other;
    }

    private synchronized @Nullable M takePrevious() {
        M old = previous;
        previous = null;
        return old;
    }
}
