package dev.millrace.recommend.stages;

import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.SeenItems;
import dev.millrace.features.UserRow;
import dev.millrace.kernels.IntMap;
import dev.millrace.model.ActionType;
import dev.millrace.model.Slate;
import dev.millrace.pipeline.Column.FloatColumn;
import dev.millrace.pipeline.Column.IntColumn;
import dev.millrace.pipeline.Column.LongColumn;
import dev.millrace.pipeline.Value;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.OnlineChanges;
import dev.millrace.recommend.select.Part;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.UserContext;

import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the stages of the request path hand to each other: values of the request, then columns of its candidates.
 * Immutable; made once per assembly, because kept values have the size that the configuration gives.
 */
public final class Fields {
    public final Value<Request> request = Value.assigned("request");
    /** A lease of the live model, given back when the last stage has ended. */
    public final Value<LiveModel> model = Value.leased("model", LiveModel::release);
    /** What is live as a ranker, which may be none. */
    public final Value<RankerLease> ranker = Value.leased("ranker", RankerLease::release);
    /** The user's recent actions; the vector in it stays empty: see {@link #userVector}. */
    public final Value<UserContext> user;
    /** What is kept of the user, read once for all stages. */
    public final Value<UserRow> userRow;
    /** Items that may not be shown: seen, excluded by the caller, shown on earlier pages. */
    public final Value<SeenItems> excluded = Value.kept("excluded", SeenItems::new);

    /** What was learnt online since the model's training, the same for all stages of a request. */
    public final Value<OnlineChanges> changes = Value.assigned("changes");

    public final Value<Taste> taste;
    public final Value<UserVector> userVector = Value.kept("user-vector", UserVector::new);
    public final Value<Ranking> ranking = Value.kept("ranking", Ranking::new);
    /** The answer's entries, in order. */
    public final Value<List<Slate.Entry>> entries = Value.assigned("entries");

    public final IntColumn item = new IntColumn("item");
    /** One bit per source of the pipeline, in the order of its sources. */
    public final LongColumn sources = new LongColumn("sources");
    /** Agreement of the sources by reciprocal ranks: what orders candidates that nothing else orders. */
    public final FloatColumn fused = new FloatColumn("fused");

    public final FloatColumn coVisits = new FloatColumn("co-visits");
    public final FloatColumn impressions = new FloatColumn("impressions");
    public final FloatColumn clicks = new FloatColumn("clicks");
    public final FloatColumn positives = new FloatColumn("positives");
    public final FloatColumn complaints = new FloatColumn("complaints");
    public final FloatColumn ageDays = new FloatColumn("age-days");
    public final FloatColumn modelScore = new FloatColumn("model-score");
    /** What was learnt of the item since the model's training, in nats. */
    public final FloatColumn online = new FloatColumn("online");
    /** What a ranker expects of showing the item. */
    public final FloatColumn utility = new FloatColumn("utility");

    public final FloatColumn topicLift = new FloatColumn("topic-lift");
    /** The logarithm of the factors that the request asks for. */
    public final FloatColumn boost = new FloatColumn("boost");

    public final FloatColumn value = new FloatColumn("value");
    public final FloatColumn propensity = new FloatColumn("propensity");

    private final Map<Part, FloatColumn> parts = new EnumMap<>(Part.class);
    private final Map<ActionType, FloatColumn> probabilities = new EnumMap<>(ActionType.class);
    final Value<Scratch> scratch;
    final Value<IntMap> rowOfItem;

    /**
     * @param capacity the most candidates of a run
     * @param features how much is kept of a user
     */
    public Fields(int capacity, FeaturesConfig features) {
        user = Value.kept("user", () -> new UserContext(features.historyLength()));
        userRow = Value.kept("user-row", () -> new UserRow(features));
        taste = Value.kept("taste", () -> new Taste(features.userTopics()));
        scratch = Value.workspace("scratch", () -> new Scratch(capacity));
        rowOfItem = Value.workspace("row-of-item", () -> new IntMap(capacity));
        for (Part part : Part.values()) {
            parts.put(part, new FloatColumn("part-" + part.label()));
        }
        for (ActionType action : ActionType.values()) {
            probabilities.put(action, new FloatColumn("p-" + action.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** The weighted addend of the value. */
    public FloatColumn part(Part part) {
        FloatColumn column = parts.get(part);
        if (column == null) {
            throw new IllegalArgumentException("part " + part + " has no column");
        }
        return column;
    }

    /** How likely an action on the item is, by the ranker; written for the ranker's heads alone. */
    public FloatColumn probability(ActionType action) {
        FloatColumn column = probabilities.get(action);
        if (column == null) {
            throw new IllegalArgumentException("action " + action + " has no column");
        }
        return column;
    }

    /** The columns of all actions. */
    public Collection<FloatColumn> probabilities() {
        return probabilities.values();
    }

    /** What a source proposes. */
    public static Value<CandidateBuffer> proposals(String source, int limit) {
        return Value.kept(source + "-proposals", () -> new CandidateBuffer(limit));
    }
}
