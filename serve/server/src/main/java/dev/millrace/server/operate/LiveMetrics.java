package dev.millrace.server.operate;

import dev.millrace.recommend.live.LeasedModel;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.runtime.Metrics;

import java.util.function.ToLongFunction;

/** Lets the scraper read what the live model and the live ranker had to leave undone since they were loaded; 0 while none is live. */
public final class LiveMetrics {
    private LiveMetrics() {}

    public static void register(Metrics metrics, ModelSlot<LiveModel> models, ModelSlot<LiveRanker> rankers) {
        metrics.gauge(
                "model.runs.ended",
                "runs of the live model that were ended, since their time had passed",
                () -> read(models, model -> model.networks().endedRuns()));
        metrics.gauge(
                "model.calls.copied",
                "calls of the live model's scorer that copied vectors of items, and did not gather them",
                () -> read(models, model -> model.scorer().copiedCalls()));
        metrics.gauge(
                "ranker.items.without.room",
                "items of the catalogue that the live ranker ranks as unknown ones, since its table is full",
                () -> read(rankers, LiveRanker::itemsWithoutRoom));
        metrics.gauge(
                "ranker.candidates.without.room",
                "candidates that the live ranker ranked as unknown items, since its table is full",
                () -> read(rankers, ranker -> ranker.network().candidatesWithoutRoom()));
    }

    private static <M extends LeasedModel> long read(ModelSlot<M> slot, ToLongFunction<M> figure) {
        M live = slot.acquire();
        if (live == null) {
            return 0;
        }
        try {
            return figure.applyAsLong(live);
        } finally {
            live.release();
        }
    }
}
