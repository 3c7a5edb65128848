package dev.millrace.recommend;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureState;
import dev.millrace.model.InvalidValueException;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineBuilder;
import dev.millrace.pipeline.Stage;
import dev.millrace.recommend.RecommendConfig.Limits;
import dev.millrace.recommend.RecommendParts.Sources;
import dev.millrace.recommend.stages.ApplyBoosts;
import dev.millrace.recommend.stages.ApplyOnlineChanges;
import dev.millrace.recommend.stages.Backfill;
import dev.millrace.recommend.stages.ComposeSlate;
import dev.millrace.recommend.stages.Diversify;
import dev.millrace.recommend.stages.EncodeUser;
import dev.millrace.recommend.stages.Explore;
import dev.millrace.recommend.stages.Fields;
import dev.millrace.recommend.stages.FillPlaces;
import dev.millrace.recommend.stages.FillPlacesEvenly;
import dev.millrace.recommend.stages.GivenCandidates;
import dev.millrace.recommend.stages.HydrateUser;
import dev.millrace.recommend.stages.ItemAsVector;
import dev.millrace.recommend.stages.KeepEligible;
import dev.millrace.recommend.stages.MeasureTaste;
import dev.millrace.recommend.stages.MergeCandidates;
import dev.millrace.recommend.stages.PoseAsItem;
import dev.millrace.recommend.stages.Proposer;
import dev.millrace.recommend.stages.RankByFusion;
import dev.millrace.recommend.stages.RankCandidates;
import dev.millrace.recommend.stages.ReadItemFeatures;
import dev.millrace.recommend.stages.RetrieveCandidates;
import dev.millrace.recommend.stages.ScoreByModel;
import dev.millrace.recommend.stages.SearchVectors;
import dev.millrace.recommend.stages.Shortlist;
import dev.millrace.recommend.stages.ValueItems;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Every pipeline of the request path, put together from the same stages: here the order of stages is to be read. */
final class Scenarios {
    private static final int SOURCES_SHARE = 40;
    private static final int LONE_SOURCE_SHARE = 20;
    /** Enough seen and excluded items can fall out of one source's list. */
    private static final int LONE_SOURCE_LIMIT = 600;
    /** Diversity is worth little among fewer. */
    private static final int SHORTLIST = 100;

    private final Fields fields;
    private final FeatureState state;
    private final Catalog catalog;
    private final Sources sources;
    private final RecommendParts parts;
    private final RecommendConfig config;
    private final UnaryOperator<Stage> wrapper;
    private final Map<String, Scenario> requestable = new LinkedHashMap<>();
    private final Scenario similar;
    private final Scenario rerank;

    /** @param wrapper is given each stage and returns the one to use: the identity, but in tests */
    Scenarios(Fields fields, RecommendParts parts, RecommendConfig config, UnaryOperator<Stage> wrapper) {
        this.fields = fields;
        this.parts = parts;
        this.config = config;
        this.wrapper = wrapper;
        state = parts.state();
        catalog = state.catalog();
        sources = parts.sources();
        for (Scenario scenario : List.of(home(), popularity(), random())) {
            requestable.put(scenario.name(), scenario);
        }
        similar = similar();
        rerank = rerank();
    }

    Scenario named(String name) {
        Scenario scenario = requestable.get(name);
        if (scenario == null) {
            throw new InvalidValueException(
                    "scenario", "'" + name + "' is unknown; give one of " + String.join(", ", requestable.keySet()));
        }
        return scenario;
    }

    /** What answered under the name of an arm: also what cannot be asked for as a scenario. */
    String describe(String arm) {
        for (Scenario own : List.of(similar, rerank)) {
            if (own.name().equals(arm)) {
                return own.describe();
            }
        }
        return named(arm).describe();
    }

    Set<String> names() {
        return requestable.keySet();
    }

    /** Every pipeline that a request can take. */
    List<Pipeline> pipelines() {
        List<Pipeline> pipelines = new ArrayList<>();
        for (Scenario scenario : requestable.values()) {
            pipelines.addAll(scenario.pipelines());
        }
        pipelines.addAll(similar.pipelines());
        pipelines.addAll(rerank.pipelines());
        return pipelines;
    }

    Scenario forSimilar() {
        return similar;
    }

    Scenario forRerank() {
        return rerank;
    }

    private Scenario home() {
        return new Scenario("home", true, true, home("home", true), home("home before a model is live", false));
    }

    private Pipeline home(String name, boolean withModel) {
        List<Proposer> proposers = personalSources(withModel);
        Plan plan = plan(name, withModel).ranked().then(new HydrateUser(fields, state));
        if (withModel) {
            plan.then(new EncodeUser(fields));
        }
        plan.parallel("sources", SOURCES_SHARE, proposers)
                .then(new MergeCandidates(
                        fields, proposers, sources.coVisitation().name()))
                .then(new KeepEligible(fields, catalog))
                .then(new Backfill(fields, catalog, proposers.size()))
                .then(new ReadItemFeatures(fields, state));
        if (withModel) {
            plan.then(new ScoreByModel(fields)).then(new ApplyOnlineChanges(fields, catalog));
        }
        return plan.then(new RankCandidates(fields, state))
                .then(new MeasureTaste(fields, catalog))
                .then(new ApplyBoosts(fields, catalog))
                .then(valueItems())
                .then(new Shortlist(fields, config.exploration().poolSize(1), SHORTLIST))
                .then(new Diversify(fields, catalog, config.diversity()))
                .then(new Explore(fields, config.exploration()))
                .then(new ComposeSlate(fields, catalog, names(proposers), true))
                .build();
    }

    private Scenario popularity() {
        Proposer trending =
                new RetrieveCandidates(fields, sources.trending(), LONE_SOURCE_LIMIT).share(LONE_SOURCE_SHARE);
        return new Scenario(
                "popularity",
                true,
                false,
                null,
                fromOneSource("popularity", trending)
                        .then(new FillPlaces(fields))
                        .then(new ComposeSlate(fields, catalog, names(List.of(trending)), false))
                        .build());
    }

    private Scenario random() {
        Proposer random = new RetrieveCandidates(fields, sources.random(), LONE_SOURCE_LIMIT).share(LONE_SOURCE_SHARE);
        return new Scenario(
                "random",
                true,
                false,
                null,
                fromOneSource("random", random)
                        .then(new FillPlacesEvenly(fields, catalog))
                        .then(new ComposeSlate(fields, catalog, names(List.of(random)), false))
                        .build());
    }

    private Plan fromOneSource(String name, Proposer source) {
        return plan(name, false)
                .then(new HydrateUser(fields, state))
                .then(source)
                .then(new MergeCandidates(
                        fields, List.of(source), sources.coVisitation().name()))
                .then(new KeepEligible(fields, catalog))
                .then(new Backfill(fields, catalog, 1))
                .then(new RankByFusion(fields))
                .then(new Shortlist(fields, 1, 1));
    }

    private Scenario similar() {
        return new Scenario(
                "similar", false, false, similar("similar", true), similar("similar before a model is live", false));
    }

    private Pipeline similar(String name, boolean withModel) {
        List<Proposer> proposers = new ArrayList<>();
        Plan plan = plan(name, withModel).then(new PoseAsItem(fields, catalog));
        if (withModel) {
            plan.then(new ItemAsVector(fields));
            proposers.add(new SearchVectors(fields, catalog, config.limits().vector()));
        }
        proposers.add(topics());
        proposers.add(coVisitation());
        return plan.parallel("sources", SOURCES_SHARE, proposers)
                .then(new MergeCandidates(
                        fields, proposers, sources.coVisitation().name()))
                .then(new KeepEligible(fields, catalog))
                .then(new RankByFusion(fields))
                .then(new Shortlist(fields, 1, 1))
                .then(new FillPlaces(fields))
                .then(new ComposeSlate(fields, catalog, names(proposers), false))
                .build();
    }

    private Scenario rerank() {
        return new Scenario(
                "rerank", false, true, rerank("rerank", true), rerank("rerank before a model is live", false));
    }

    private Pipeline rerank(String name, boolean withModel) {
        Plan plan = plan(name, withModel).ranked().then(new HydrateUser(fields, state));
        if (withModel) {
            plan.then(new EncodeUser(fields));
        }
        plan.then(new GivenCandidates(fields)).then(new ReadItemFeatures(fields, state));
        if (withModel) {
            plan.then(new ScoreByModel(fields)).then(new ApplyOnlineChanges(fields, catalog));
        }
        return plan.then(new RankCandidates(fields, state))
                .then(new MeasureTaste(fields, catalog))
                .then(new ApplyBoosts(fields, catalog))
                .then(valueItems())
                .then(new Shortlist(fields, 1, RecommendConfig.CAPACITY))
                .then(new FillPlaces(fields))
                .then(new ComposeSlate(fields, catalog, List.of(), true))
                .build();
    }

    private Stage valueItems() {
        return new ValueItems(fields, config.withRanker(), config.withModel(), config.withoutModel());
    }

    private List<Proposer> personalSources(boolean withModel) {
        Limits limits = config.limits();
        List<Proposer> proposers = new ArrayList<>();
        if (withModel) {
            proposers.add(new SearchVectors(fields, catalog, limits.vector()));
        }
        proposers.add(topics());
        proposers.add(coVisitation());
        proposers.add(new RetrieveCandidates(fields, sources.trending(), limits.trending()));
        proposers.add(new RetrieveCandidates(fields, sources.newItems(), limits.newItems()));
        if (limits.ridge() > 0) {
            proposers.add(new RetrieveCandidates(fields, sources.ridge(), limits.ridge()));
        }
        return proposers;
    }

    private Proposer topics() {
        return new RetrieveCandidates(fields, sources.topics(), config.limits().topics()).offloaded();
    }

    private Proposer coVisitation() {
        return new RetrieveCandidates(
                fields, sources.coVisitation(), config.limits().coVisitation());
    }

    private static List<String> names(List<Proposer> proposers) {
        List<String> names =
                new ArrayList<>(proposers.stream().map(Proposer::source).toList());
        names.add(Backfill.SOURCE);
        return names;
    }

    private Plan plan(String name, boolean withModel) {
        PipelineBuilder builder =
                Pipeline.named(name).capacity(RecommendConfig.CAPACITY).input(fields.request);
        return new Plan(withModel ? builder.input(fields.model, fields.changes) : builder);
    }

    /** A pipeline's builder that puts each stage through the wrapper. */
    private final class Plan {
        private final PipelineBuilder builder;

        Plan(PipelineBuilder builder) {
            this.builder = builder;
        }

        /** Its candidates are ordered by the live ranker, where there is one. */
        Plan ranked() {
            builder.input(fields.ranker);
            return this;
        }

        Plan then(Stage stage) {
            builder.then(wrapper.apply(stage));
            return this;
        }

        Plan parallel(String group, int share, List<? extends Stage> branches) {
            builder.parallel(group, share, branches.stream().map(wrapper).toList());
            return this;
        }

        Pipeline build() {
            return builder.build(parts.workers());
        }
    }
}
