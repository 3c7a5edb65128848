package dev.millrace.recommend.live;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;

/**
 * Item vectors in the store, within a budget: a volatile table for each model, {@code item-vectors@1} and so on. Thread-safe.
 *
 * <p>Each takes half of the budget, so that there is always room for one that loads beside the one in service. They are not on disk:
 * the model's bundle is, from which a start fills them again.
 */
public final class StoredVectors implements VectorTables {
    /** What the names of models' tables begin with, and of what the budget is. */
    public static final String LABEL = "item-vectors";

    /** The same of rankers. */
    public static final String RANKER_LABEL = "ranker-vectors";

    /** The one in service, and one that loads or was in service before. */
    private static final int AT_ONCE = 2;
    /** As many as a catalogue has ordinals. */
    private static final long MOST_ITEMS = 1L << 28;

    private final TieredStore store;
    private final String label;
    private final long memoryBytes;
    private int inUse;
    private long made;

    /**
     * @param label what the tables are called: {@link #LABEL} or {@link #RANKER_LABEL}
     * @param memoryBytes for the vectors of two models, with all that belongs to them but the index
     */
    public StoredVectors(TieredStore store, String label, long memoryBytes) {
        this.store = store;
        this.label = label;
        this.memoryBytes = memoryBytes;
    }

    @Override
    public synchronized VectorTable make(int dimension) {
        if (inUse >= AT_ONCE) {
            throw new MillraceException(
                    ErrorCode.UNAVAILABLE,
                    "the item vectors of " + inUse
                            + " models are in use, as many as there is room for; another model has"
                            + " to wait until the requests that use the oldest have ended");
        }
        String name = label + "@" + (made + 1);
        TableSpec spec = TableSpec.inMemory(name, dimension * Float.BYTES, MOST_ITEMS, memoryBytes / AT_ONCE);
        TieredTable table = store.create(spec);
        made++;
        inUse++;
        return new VectorTable(table, spec.capacity(), () -> drop(name));
    }

    private synchronized void drop(String name) {
        store.drop(name);
        inUse--;
    }
}
