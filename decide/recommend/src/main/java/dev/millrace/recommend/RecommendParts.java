package dev.millrace.recommend;

import dev.millrace.features.FeatureState;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.runtime.Clock;

/**
 * What the request path is made of. Immutable.
 *
 * @param models the live model; vector search comes with it
 * @param rankers the live ranker
 * @param workers threads on which slow sources may run beside the request's own thread
 */
public record RecommendParts(
        FeatureState state,
        Sources sources,
        ModelSlot<LiveModel> models,
        ModelSlot<LiveRanker> rankers,
        SlateSink slates,
        WorkerPool workers,
        Clock clock) {
    /** The sources that need no sequence model. */
    public record Sources(
            CandidateSource topics,
            CandidateSource coVisitation,
            CandidateSource trending,
            CandidateSource newItems,
            CandidateSource ridge,
            CandidateSource random) {}
}
