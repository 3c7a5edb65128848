package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.index.Progress;
import dev.millrace.index.VectorIndex;
import dev.millrace.index.VectorIndexConfig;
import dev.millrace.inference.ItemScorer;
import dev.millrace.inference.SequenceModel;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.storage.RowTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** A model in service: its networks, a vector per item of the catalogue, and the index that searches them. Thread-safe. */
public final class LiveModel extends LeasedModel {
    private static final Logger log = LoggerFactory.getLogger(LiveModel.class);

    private static final int UNKNOWN = -1;

    private final SequenceModel model;
    private final ItemScorer scorer;
    private final ItemTable items;
    private final VectorIndex index;
    private final Catalog catalog;
    /** The model's number of each item; replaced when it grows, written under the lock. */
    private volatile int[] vocabulary;
    /** Replaced whole, under the lock. */
    private volatile OnlineChanges changes;

    private LiveModel(
            SequenceModel model,
            ItemScorer scorer,
            ItemTable items,
            VectorIndex index,
            Catalog catalog,
            int[] vocabulary) {
        this.model = model;
        this.scorer = scorer;
        this.items = items;
        this.index = index;
        this.catalog = catalog;
        this.vocabulary = vocabulary;
        this.changes = OnlineChanges.none(model.version(), model.dimension());
    }

    /**
     * Loads the networks, fills the table and builds the index: up to minutes of work for a million items.
     *
     * @throws MillraceException UNAVAILABLE while there is no room for the vectors of another model
     */
    public static LiveModel load(Bundle bundle, Catalog catalog, LiveModelConfig config, Progress progress)
            throws IOException {
        // First: a model that has to wait for room is asked for again and again.
        VectorTable vectors = config.vectors().make(bundle.dimension());
        try {
            return load(bundle, catalog, config, progress, vectors);
        } catch (IOException | RuntimeException | Error e) {
            vectors.close();
            throw e;
        }
    }

    private static LiveModel load(
            Bundle bundle, Catalog catalog, LiveModelConfig config, Progress progress, VectorTable vectors)
            throws IOException {
        SequenceModel model = SequenceModel.load(bundle, config.inference());
        try {
            model.warmUp(config.warmUpRounds());
            int[] vocabulary = numberItems(model, catalog);
            ItemTable items = ItemTable.fill(bundle, catalog, vocabulary, vectors);
            ItemScorer scorer = model.scorerOf(items.table());
            try {
                scorer.warmUp(config.warmUpRounds());
                log.info("model {}: {}", model.version(), way(scorer));
                VectorIndex index = index(bundle, items, catalog, config.index(), progress);
                return new LiveModel(model, scorer, items, index, catalog, vocabulary);
            } catch (IOException | RuntimeException | Error e) {
                scorer.close();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static String way(ItemScorer scorer) {
        return scorer.whyCopied().isEmpty()
                ? "the scorer gathers item rows where they lie"
                : "item rows are copied for the scorer, since " + scorer.whyCopied();
    }

    private static VectorIndex index(
            Bundle bundle, ItemTable items, Catalog catalog, VectorIndexConfig config, Progress progress)
            throws IOException {
        int rows = items.searchableCount();
        Path root = config.directory();
        return root == null
                ? VectorIndex.build(bundle.dimension(), rows, items.searchable(), config, progress)
                : new KeptIndexes(root, config, catalog)
                        .openOrBuild(bundle.version(), bundle.dimension(), rows, items.searchable(), progress);
    }

    @Override
    public String version() {
        return model.version();
    }

    public int dimension() {
        return model.dimension();
    }

    public SequenceModel networks() {
        return model;
    }

    /** Scores items by their ordinals. */
    public ItemScorer scorer() {
        return scorer;
    }

    /** The item vectors: the key is the item's ordinal, the row its floats. */
    public RowTable vectors() {
        return items.table();
    }

    public VectorIndex index() {
        return index;
    }

    /** The item's number in the model's vocabulary, or −1. */
    public int vocabularyIndex(int item) {
        int[] known = vocabulary;
        return item < known.length ? known[item] : UNKNOWN;
    }

    /** What was learnt since the training; a request reads it once. */
    public OnlineChanges changes() {
        return changes;
    }

    /**
     * Takes over what was learnt since the training, in place of what was learnt before; requests go on meanwhile, and may
     * meet some vectors of either.
     *
     * @throws MillraceException CONFLICT where the delta belongs to another model, or is not newer than the present one
     */
    public synchronized void apply(ModelDelta delta) {
        if (!delta.parent().equals(version()) || delta.dimension() != dimension()) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "delta " + delta.label() + " of dimension " + delta.dimension() + " belongs to another model than "
                            + version() + " of dimension " + dimension());
        }
        OnlineChanges before = changes;
        if (delta.sequence() <= before.sequence()) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "delta " + delta.label() + " is not newer than " + before.label() + ", which is in service");
        }
        OnlineChanges next = OnlineChanges.of(delta, catalog);
        items.changes(next);
        for (int item : items.shifted()) { // also of a delta before it that failed half way
            if (next.shift(item) == null) {
                replace(item);
            }
        }
        for (int item : next.items()) {
            replace(item);
        }
        changes = next;
    }

    private void replace(int item) {
        if (catalog.item(item) != null) { // else it was deleted meanwhile
            place(item, false);
        }
    }

    @Override
    long deltaSequence() {
        return changes.sequence();
    }

    /** As it was trained: what was learnt while it was live may be gone from the registry, and is counted anew. */
    @Override
    synchronized void comeBack() {
        OnlineChanges none = OnlineChanges.none(version(), dimension());
        items.changes(none);
        for (int item : items.shifted()) {
            replace(item);
        }
        changes = none;
        catchUp();
    }

    @Override
    void close() {
        scorer.close();
        model.close();
        index.close();
        items.close();
    }

    /** Gives an item a vector of its own or an estimated one, and makes it findable. */
    @Override
    synchronized void addItem(int item) {
        place(item, true);
    }

    private void place(int item, boolean isDescribed) {
        if (vocabularyIndex(item) == UNKNOWN) {
            remember(item, model.vocabularyIndex(catalog.id(item)));
        }
        float[] vector = items.place(item, vocabularyIndex(item), catalog.topics(item), isDescribed);
        if (vector != null) {
            index.add(item, vector);
        }
    }

    @Override
    synchronized void removeItem(int item) {
        index.remove(item);
        items.forgetSearchable(item);
    }

    @Override
    void catchUp() {
        for (int item = 0; item < catalog.size(); item++) {
            if (!items.has(item) && catalog.item(item) != null) {
                addItem(item);
            }
        }
    }

    private void remember(int item, int number) {
        int[] known = vocabulary;
        if (item >= known.length) {
            int[] grown = Arrays.copyOf(known, Math.max(item + 1, known.length + known.length / 2));
            Arrays.fill(grown, known.length, grown.length, UNKNOWN);
            grown[item] = number;
            vocabulary = grown;
        } else {
            known[item] = number;
        }
    }

    private static int[] numberItems(SequenceModel model, Catalog catalog) {
        int[] numbers = new int[catalog.size()];
        for (int item = 0; item < numbers.length; item++) {
            numbers[item] = model.vocabularyIndex(catalog.id(item));
        }
        return numbers;
    }
}
