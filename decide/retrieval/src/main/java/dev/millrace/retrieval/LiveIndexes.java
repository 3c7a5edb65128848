package dev.millrace.retrieval;

import dev.millrace.features.Capture;
import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureListener;
import dev.millrace.features.FeatureState;
import dev.millrace.features.SectionWriter;
import dev.millrace.features.UserRow;
import dev.millrace.index.CoVisitation;
import dev.millrace.index.ItemPrior;
import dev.millrace.index.NewItems;
import dev.millrace.index.TopicIndex;
import dev.millrace.index.Trending;
import dev.millrace.model.ActionType;
import dev.millrace.model.Item;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The indexes that follow the feature state, and the candidate sources over them. The ingest thread alone writes, through
 * {@link FeatureListener}; the sources are thread-safe.
 *
 * <p>After a start from a snapshot: topics and new items are filled from the catalogue, co-visitation and trending are
 * read from sections of the same snapshot, so that they are as of the same offset of the log.
 */
public final class LiveIndexes implements FeatureListener, AutoCloseable {
    static final String CO_VISITATION = "covisitation";
    static final String TRENDING = "trending";

    private final FeatureState state;
    private final TopicIndex topics;
    private final CoVisitation coVisitation;
    private final Trending trending;
    private final NewItems newItems;
    private final UserRow userRow;
    private final int[] historyItems;
    private final long[] historyMillis;
    private final byte[] historyActions;

    private LiveIndexes(FeatureState state, RetrievalConfig config) {
        this.state = state;
        trending = new Trending(config.trending());
        coVisitation = new CoVisitation(config.coVisitation());
        newItems = new NewItems(config.newItems());
        topics = new TopicIndex(config.topics(), new Popularity(trending));
        int capacity = state.userRows().historyCapacity();
        userRow = state.userRows().room();
        historyItems = new int[capacity];
        historyMillis = new long[capacity];
        historyActions = new byte[capacity];
    }

    /** Indexes that know the state's items, and of the actions only those that are applied from here on. */
    public static LiveIndexes follow(FeatureState state, RetrievalConfig config) {
        LiveIndexes indexes = new LiveIndexes(state, config);
        indexes.fillFromCatalog();
        state.addListener(indexes);
        return indexes;
    }

    /**
     * Indexes over a state that was restored from the snapshot, before any later event is applied.
     *
     * @throws IOException when the snapshot has no such sections or they are damaged: start from an empty state and
     *     replay the log
     */
    public static LiveIndexes restore(FeatureState state, RetrievalConfig config, SnapshotReader snapshot)
            throws IOException {
        LiveIndexes indexes = new LiveIndexes(state, config);
        try (DataInputStream in = snapshot.section(CO_VISITATION)) {
            indexes.coVisitation.load(in);
        }
        try (DataInputStream in = snapshot.section(TRENDING)) {
            indexes.trending.load(in);
        }
        indexes.fillFromCatalog();
        state.addListener(indexes);
        return indexes;
    }

    /** Adds this state's sections to the snapshot of the feature state. Ingest thread only. */
    public void save(SnapshotWriter snapshot) throws IOException {
        try (Capture whole = capture()) {
            new SectionWriter(snapshot).writeAll(whole);
        }
    }

    /** Begins to read the sections of a snapshot as of now, while events go on. One at a time. Ingest thread only. */
    public Capture capture() {
        return new IndexCapture(coVisitation.capture(), trending.capture());
    }

    /** All sources: {@code topics}, {@code covisitation}, {@code trending}, {@code new-items}, {@code random}. */
    public List<CandidateSource> sources() {
        Catalog catalog = state.catalog();
        IntPredicate available = catalog::isAvailable;
        return List.of(
                new TopicSource(topics, available),
                new CoVisitationSource(coVisitation, available),
                new TrendingSource(trending, available),
                new NewItemSource(newItems, available),
                new RandomSource(catalog::size, available));
    }

    public TopicIndex topics() {
        return topics;
    }

    public CoVisitation coVisitation() {
        return coVisitation;
    }

    public Trending trending() {
        return trending;
    }

    public NewItems newItems() {
        return newItems;
    }

    @Override
    public void onItemUpserted(int item) {
        Item value = state.catalog().item(item);
        if (value == null || !state.catalog().isAvailable(item)) {
            onItemDeleted(item);
            return;
        }
        topics.upsert(item, value);
        newItems.add(item, state.catalog().createdMillis(item));
    }

    @Override
    public void onItemDeleted(int item) {
        topics.delete(item);
        newItems.remove(item);
    }

    @Override
    public void onAction(int user, int item, ActionType type, long millis) {
        if (!type.isPositive()) {
            return;
        }
        float weight = weight(type);
        trending.record(item, weight, millis);
        int count = state.userRows().readNewest(user, userRow).history(historyItems, historyMillis, historyActions);
        coVisitation.update(historyItems, count, item, weight, millis);
    }

    /** Frees nothing at present: all indexes live on the heap. */
    @Override
    public void close() {}

    private void fillFromCatalog() {
        int size = state.catalog().size();
        for (int item = 0; item < size; item++) {
            if (state.catalog().isAvailable(item)) {
                onItemUpserted(item);
            }
        }
    }

    /** How much an action says of the item, a click being 1: the rarer and the more deliberate, the more. */
    private static float weight(ActionType type) {
        return switch (type) {
            case CLICK -> 1;
            case LONG_VIEW, COMMENT, RATING -> 2;
            case LIKE, FOLLOW, SHARE -> 3;
            case PURCHASE -> 4;
            case IMPRESSION, COMPLAINT -> 0;
        };
    }

    /** Among items that match equally well, the more popular goes first. */
    private record Popularity(Trending trending) implements ItemPrior {
        @Override
        public float of(int item) {
            return trending.standing(item);
        }
    }
}
