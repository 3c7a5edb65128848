package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.FeatureState;
import dev.millrace.features.Moment;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.MultiTaskRanker;
import dev.millrace.model.ActionType;
import dev.millrace.model.MillraceException;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.recommend.select.ActionWorth;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A ranker in service: its network, a vector per item of the catalogue, and the features that it reads, by the definitions that it
 * learnt from. Thread-safe.
 */
public final class LiveRanker extends LeasedModel {
    private static final Logger log = LoggerFactory.getLogger(LiveRanker.class);

    private final MultiTaskRanker ranker;
    private final VectorTable vectors;
    private final FeatureState state;
    private final List<ActionType> heads;
    private final float[] worths;
    private final List<FeatureDefinition.Numeric> numbers;
    private final FeatureDefinition.Hashed itemId;
    private final FeatureDefinition.ItemProfile itemProfile;
    private final FeatureDefinition.Profile userId;
    private final FeatureDefinition.Profile userProfile;
    private boolean toldFull;

    private LiveRanker(
            MultiTaskRanker ranker, VectorTable vectors, FeatureState state, FeatureSchema schema, float[] worths) {
        this.ranker = ranker;
        this.vectors = vectors;
        this.worths = worths;
        this.state = state;
        heads = ranker.heads().stream().map(LiveRanker::action).toList();
        numbers = ranker.numbers().stream().map(schema::numeric).toList();
        itemId = (FeatureDefinition.Hashed) schema.definition("item_id");
        itemProfile = (FeatureDefinition.ItemProfile) schema.definition("item_profile");
        userId = (FeatureDefinition.Profile) schema.definition("user_id");
        userProfile = (FeatureDefinition.Profile) schema.definition("user_profile");
    }

    /**
     * Loads the network and gives each item of the catalogue its vector.
     *
     * @param tables where the vectors are to lie; in a table of the network's own where the graph cannot gather from there
     * @throws BundleRefusedException (OLDER_SCHEMA) where a feature means something else here than where it learnt
     * @throws MillraceException UNAVAILABLE while there is no room for the vectors of another ranker
     */
    public static LiveRanker load(
            MultiTaskBundle bundle, FeatureState state, InferenceConfig config, ActionWorth worth, VectorTables tables)
            throws IOException {
        requireSameFeatures(bundle, FeatureSchema.standard(state.config()));
        VectorTable vectors = tables.make(bundle.dimension());
        try {
            LiveRanker live = load(bundle, state, config, worth, vectors);
            log.info(
                    "ranker {}: the graph gathers item vectors from {}",
                    live.version(),
                    live.ranker.usesRoom() ? "where they lie in the store" : "a table of its own");
            return live;
        } catch (IOException | RuntimeException | Error e) {
            vectors.close();
            throw e;
        }
    }

    private static LiveRanker load(
            MultiTaskBundle bundle, FeatureState state, InferenceConfig config, ActionWorth worth, VectorTable vectors)
            throws IOException {
        float[] worths = new float[bundle.inputs().heads().size()];
        for (int head = 0; head < worths.length; head++) {
            worths[head] = worth.of(action(bundle.inputs().heads().get(head)));
        }
        MultiTaskRanker.ItemRoom room = new MultiTaskRanker.ItemRoom(vectors.rows(), vectors.maxItems());
        MultiTaskRanker ranker = MultiTaskRanker.load(bundle, worths, config, room);
        try {
            LiveRanker live = new LiveRanker(ranker, vectors, state, FeatureSchema.standard(state.config()), worths);
            live.catchUp();
            return live;
        } catch (RuntimeException | Error e) {
            ranker.close();
            throw e;
        }
    }

    private static ActionType action(String head) {
        return ActionType.valueOf(head.toUpperCase(Locale.ROOT));
    }

    private static void requireSameFeatures(MultiTaskBundle bundle, FeatureSchema schema) {
        Map<String, String> here = schema.meanings();
        bundle.bundle().manifest().facts().features().forEach((name, learnt) -> {
            if (!learnt.equals(here.get(name))) {
                throw new BundleRefusedException(
                        Reason.OLDER_SCHEMA,
                        bundle.bundle().directory(),
                        "it learnt from the feature " + name + " as '" + learnt + "', which is '"
                                + here.getOrDefault(name, "not there") + "' here; train again");
            }
        });
    }

    @Override
    public String version() {
        return ranker.version();
    }

    public MultiTaskRanker network() {
        return ranker;
    }

    /** The actions whose probability it gives, in the order of the network's heads. */
    public List<ActionType> heads() {
        return heads;
    }

    /** How many items of the catalogue are ranked as unknown ones, since its table is full. */
    public long itemsWithoutRoom() {
        return ranker.isFull() ? Math.max(0, state.catalog().size() - ranker.knownItems()) : 0;
    }

    /** What an action of a head is worth, by its place in {@link #heads}. */
    public float worth(int head) {
        return worths[head];
    }

    /** The numbers of a candidate, in the order of the network's input. */
    public List<FeatureDefinition.Numeric> numbers() {
        return numbers;
    }

    /** The rows of the user's table that the user of a moment is the mean of. */
    public int[] userRows(Moment moment, int[] scratch) {
        int id = userId.read(moment, scratch) == 0 ? -1 : scratch[0];
        int count = userProfile.read(moment, scratch);
        return rows().bag(
                        id,
                        userId.ids().bits(),
                        scratch,
                        count,
                        userProfile.ids().bits());
    }

    @Override
    synchronized void addItem(int item) {
        int[] buckets = new int[HashedRows.LARGEST_BAG];
        // An item's id and attributes are the same at any time and for anybody.
        Moment moment = new Moment(state, -1, 0);
        itemId.read(moment, new int[] {item}, 1, buckets);
        int id = buckets[0];
        int count = itemProfile.read(moment, item, buckets);
        int[] bag = rows().bag(
                        id,
                        itemId.ids().bits(),
                        buckets,
                        count,
                        itemProfile.ids().bits());
        if (!ranker.putItem(item, bag) && !toldFull) {
            toldFull = true;
            log.warn(
                    "ranker {}: its table is full with {} items; later ones are ranked as unknown, and answers with them say"
                            + " so: give store.{}.memory more, of which 4 GiB are used at most",
                    version(),
                    ranker.knownItems(),
                    StoredVectors.RANKER_LABEL);
        }
    }

    /** It is proposed no more, and stays part of histories. */
    @Override
    void removeItem(int item) {}

    @Override
    void catchUp() {
        Catalog catalog = state.catalog();
        for (int item = 0; item < catalog.size(); item++) {
            addItem(item);
        }
    }

    @Override
    void close() {
        ranker.close();
        vectors.close();
    }

    private HashedRows rows() {
        return ranker.bundle().inputs().rows();
    }
}
