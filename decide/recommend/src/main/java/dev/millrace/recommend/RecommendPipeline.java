package dev.millrace.recommend;

import dev.millrace.features.Catalog;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Filter;
import dev.millrace.model.FloatMap;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Query;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.Slate;
import dev.millrace.model.UserId;
import dev.millrace.pipeline.Frame;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineResult;
import dev.millrace.pipeline.Stage;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.OnlineChanges;
import dev.millrace.recommend.stages.Fields;
import dev.millrace.recommend.stages.ItemFilter;
import dev.millrace.recommend.stages.RankerLease;
import dev.millrace.recommend.stages.Request;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/**
 * The request path: a query in, a personal and explained slate out. Thread-safe.
 *
 * <p>Which stages run, and in which order, is read in {@link Scenarios}, and printed by {@link #describe}.
 */
public final class RecommendPipeline {
    private static final int[] NOTHING = {};
    private static final UserId NOBODY = new UserId("nobody");
    /** A longer walk through pages ends: its cursor would carry more than a screen ever shows. */
    private static final int MOST_SHOWN = 2_000;

    private static final int ID_BYTES = 16;

    private final RecommendParts parts;
    private final Catalog catalog;
    private final Fields fields;
    private final Scenarios scenarios;
    private final LastResort lastResort;
    private final RecentAnswers recent;
    private final SecureRandom ids = new SecureRandom();

    public RecommendPipeline(RecommendParts parts, RecommendConfig config) {
        this(parts, config, stage -> stage);
    }

    /** @param wrapper is given each stage and returns the one to use: tests break stages with it */
    RecommendPipeline(RecommendParts parts, RecommendConfig config, UnaryOperator<Stage> wrapper) {
        this.parts = parts;
        catalog = parts.state().catalog();
        fields = new Fields(RecommendConfig.CAPACITY, parts.state().config());
        scenarios = new Scenarios(fields, parts, config, wrapper);
        lastResort = new LastResort(parts.state(), parts.sources().trending());
        recent = new RecentAnswers(config.memory());
    }

    /** The scenarios that can be asked for: {@code home}, {@code popularity}, {@code random}. */
    public Set<String> scenarios() {
        return scenarios.names();
    }

    /**
     * Answers a query; what fails or is late on the way is named in the slate's degradations.
     *
     * @throws InvalidValueException for an unknown scenario
     */
    public Answer run(Query query, Deadline deadline) {
        return page(query, NOTHING, deadline);
    }

    /**
     * The next page of an earlier answer, without what the pages before it showed.
     *
     * @throws MillraceException NOT_FOUND for a cursor that is unknown or has expired
     */
    public Answer nextPage(String cursor, int count, Deadline deadline) {
        RecentAnswers.Page page = recent.page(cursor, parts.clock().millis());
        if (page == null) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "cursor '" + cursor + "' is unknown or has expired; ask for the first page again");
        }
        return page(withCount(page.query(), count), page.shown(), deadline);
    }

    /** Forgets the answers that a user got, who was erased. */
    public void forget(UserId user) {
        recent.forget(user);
    }

    /**
     * Items like a given one, best first.
     *
     * @throws MillraceException NOT_FOUND for an unknown item
     */
    public Slate similar(ItemId item, int count, Filter filter, Deadline deadline) {
        int ordinal = catalog.ordinal(item);
        if (ordinal < 0 || catalog.item(ordinal) == null) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "item '" + item + "' is unknown; upload it first");
        }
        Query query = new Query(NOBODY, "similar", count, Map.of(), filter, List.of(), List.of(), true, false);
        return slate(scenarios.forSimilar(), request(query, NOTHING, new int[] {ordinal}), deadline);
    }

    /** The given items in the order of their value for the user; unknown and unavailable items come last, with score 0. */
    public Slate rerank(UserId user, List<ItemId> items, boolean explain, Deadline deadline) {
        if (items.isEmpty() || items.size() > Query.MAX_COUNT) {
            throw new InvalidValueException("items", "has " + items.size() + " items; give 1 to " + Query.MAX_COUNT);
        }
        Query query = new Query(
                user, "rerank", items.size(), Map.of(), new Filter.All(), List.of(), List.of(), true, explain);
        int[] known = items.stream()
                .distinct()
                .mapToInt(catalog::ordinal)
                .filter(ordinal -> ordinal >= 0 && catalog.isAvailable(ordinal))
                .toArray();
        Request request = request(query, NOTHING, known);
        Slate slate = completed(slate(scenarios.forRerank(), request, deadline), items);
        remember(slate, request);
        return explain ? slate : withoutParts(slate);
    }

    /** How a recent slate came about; empty once it has left the bounded store. */
    public Optional<ServedAnswer> explain(RecommendationId id) {
        return Optional.ofNullable(recent.explanation(id));
    }

    /** The stages of a scenario with what they read and write, their budgets and failure policies. */
    public String describe(String scenario) {
        return scenarios.describe(scenario);
    }

    /** Every pipeline, for those who watch what stages cost and how they end. */
    public List<Pipeline> pipelines() {
        return scenarios.pipelines();
    }

    private Answer page(Query query, int[] shown, Deadline deadline) {
        Scenario scenario = scenarios.named(query.scenario());
        Request request = request(query, shown, NOTHING);
        Slate slate = slate(scenario, request, deadline);
        if (!query.dryRun()) {
            remember(slate, request);
        }
        String next = rememberNextPage(request, slate);
        return new Answer(query, query.explain() ? slate : withoutParts(slate), next);
    }

    /** Lets the slate be explained, and its clicks be matched. */
    private void remember(Slate slate, Request request) {
        Query query = request.query();
        // The moment whose features made it: what learns from the slate reads them as of then.
        Instant now = Instant.ofEpochMilli(request.nowMillis());
        recent.remember(new ServedAnswer(query.user(), query.scenario(), now, slate));
        parts.slates().accept(served(slate, query.user(), now));
    }

    /** The main flow: choose the pipeline, run it on a frame of memory, and never come back empty-handed. */
    private Slate slate(Scenario scenario, Request request, Deadline deadline) {
        LiveModel model = scenario.usesModel() ? parts.models().acquire() : null;
        Pipeline pipeline = model == null ? scenario.withoutModel() : Objects.requireNonNull(scenario.withModel());
        try (Frame frame = pipeline.open()) {
            frame.put(fields.request, request);
            if (model != null) {
                frame.put(fields.model, model);
                frame.put(fields.changes, model.changes());
            }
            if (scenario.isRanked()) {
                frame.put(fields.ranker, RankerLease.of(parts.rankers().acquire()));
            }
            PipelineResult result = pipeline.run(frame, deadline);
            Draft draft = Draft.of(result);
            List<Slate.Entry> entries = frame.has(fields.entries) ? frame.get(fields.entries) : List.of();
            if (entries.isEmpty() && scenario.fillable()) {
                entries = draft.timed(LastResort.NAME, () -> lastResort.entries(request));
                draft.degraded(LastResort.NAME, "the pipeline left no item: popular and other available items instead");
            }
            return draft.slate(new RecommendationId(newId()), scenario.name(), versions(frame), entries);
        }
    }

    /** The models that had a say: that of the sequence, the ranker, or both with a plus between them. */
    private String versions(Frame frame) {
        String version = frame.has(fields.model) ? label(frame) : "";
        LiveRanker ranker =
                frame.has(fields.ranking) && frame.get(fields.ranking).isKnown()
                        ? frame.get(fields.ranker).model()
                        : null;
        return ranker == null ? version : version.isEmpty() ? ranker.version() : version + "+" + ranker.version();
    }

    /** What of the model had a part in the answer: its networks, what was learnt since, or neither. */
    private String label(Frame frame) {
        OnlineChanges changes = frame.get(fields.changes);
        boolean isModelled =
                frame.has(fields.userVector) && frame.get(fields.userVector).isKnown();
        boolean isCorrected = frame.has(fields.online) && !changes.isNone();
        return isModelled || isCorrected ? changes.label() : "";
    }

    private Request request(Query query, int[] shown, int[] given) {
        long seed = ThreadLocalRandom.current().nextLong();
        return new Request(
                query,
                ItemFilter.compile(query.filter(), catalog),
                shown,
                given,
                parts.clock().millis(),
                seed);
    }

    private @Nullable String rememberNextPage(Request request, Slate slate) {
        int before = request.shown().length;
        int now = before + slate.entries().size();
        if (slate.entries().size() < request.query().count() || now > MOST_SHOWN) {
            return null;
        }
        int[] shown = Arrays.copyOf(request.shown(), now);
        for (int i = before; i < now; i++) {
            shown[i] = catalog.ordinal(slate.entries().get(i - before).item());
        }
        String cursor = newId();
        recent.remember(cursor, request.query(), shown, request.nowMillis());
        return cursor;
    }

    private static Event.SlateServed served(Slate slate, UserId user, Instant now) {
        List<Event.SlateEntry> entries = new ArrayList<>(slate.entries().size());
        for (Slate.Entry entry : slate.entries()) {
            String source = entry.sources().isEmpty() ? "" : entry.sources().getFirst();
            entries.add(new Event.SlateEntry(
                    entry.item(),
                    entry.score(),
                    entry.propensity(),
                    source,
                    FloatMap.copyOf(entry.why().probabilities())));
        }
        EventId id = new EventId("slate-" + slate.id());
        return new Event.SlateServed(id, now, user, slate.id(), slate.arm(), slate.model(), entries);
    }

    /** Adds the items that the pipeline was not given: those that the catalogue does not know, or that are not available. */
    private Slate completed(Slate slate, List<ItemId> items) {
        List<Slate.Entry> entries = new ArrayList<>(slate.entries());
        Set<ItemId> ranked = new HashSet<>();
        slate.entries().forEach(entry -> ranked.add(entry.item()));
        for (ItemId item : items) {
            if (ranked.add(item)) {
                int ordinal = catalog.ordinal(item);
                boolean known = ordinal >= 0 && catalog.item(ordinal) != null;
                String reason = known ? "Not available" : "Unknown to the catalogue";
                entries.add(new Slate.Entry(item, 0, 1, List.of(), reason, Slate.Why.UNTOLD));
            }
        }
        return new Slate(slate.id(), slate.arm(), slate.model(), entries, slate.stages(), slate.degradations());
    }

    private static Slate withoutParts(Slate slate) {
        List<Slate.Entry> entries = new ArrayList<>(slate.entries().size());
        for (Slate.Entry entry : slate.entries()) {
            entries.add(new Slate.Entry(
                    entry.item(),
                    entry.score(),
                    entry.propensity(),
                    entry.sources(),
                    entry.reason(),
                    Slate.Why.UNTOLD));
        }
        return new Slate(slate.id(), slate.arm(), slate.model(), entries, slate.stages(), slate.degradations());
    }

    private static Query withCount(Query query, int count) {
        return new Query(
                query.user(),
                query.scenario(),
                count,
                query.context(),
                query.filter(),
                query.boosts(),
                query.exclude(),
                query.dryRun(),
                query.explain());
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        ids.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
