package dev.millrace.server.answer;

import dev.millrace.features.Catalog;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.Slate;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.RecommendResponse.DegradedStage;
import dev.millrace.wire.recommend.RecommendResponse.RankedItem;
import dev.millrace.wire.recommend.RecommendResponse.StageTrace;
import dev.millrace.wire.recommend.SimilarResponse;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Slates as callers read them, with the titles of their items. Thread-safe. */
final class Answers {
    private final Catalog catalog;

    Answers(Catalog catalog) {
        this.catalog = catalog;
    }

    RecommendResponse of(String user, String scenario, Slate slate, @Nullable String next, long tookMicros) {
        return new RecommendResponse(
                slate.id().value(),
                user,
                scenario,
                slate.arm(),
                slate.model(),
                items(slate),
                stages(slate),
                degraded(slate),
                next,
                tookMicros);
    }

    SimilarResponse similar(String item, Slate slate, long tookMicros) {
        return new SimilarResponse(item, slate.model(), items(slate), stages(slate), degraded(slate), tookMicros);
    }

    private List<RankedItem> items(Slate slate) {
        List<RankedItem> items = new ArrayList<>(slate.entries().size());
        for (Slate.Entry entry : slate.entries()) {
            items.add(new RankedItem(
                    entry.item().value(),
                    items.size() + 1,
                    entry.score(),
                    entry.propensity(),
                    entry.sources(),
                    entry.reason(),
                    title(entry.item()),
                    told(entry.why().parts()),
                    told(entry.why().probabilities())));
        }
        return items;
    }

    private static @Nullable Map<String, Float> told(Map<String, Float> values) {
        return values.isEmpty() ? null : values;
    }

    private @Nullable String title(ItemId id) {
        int ordinal = catalog.ordinal(id);
        Item item = ordinal < 0 ? null : catalog.item(ordinal);
        return item == null || item.title().isEmpty() ? null : item.title();
    }

    private static List<StageTrace> stages(Slate slate) {
        List<StageTrace> stages = new ArrayList<>(slate.stages().size());
        for (Slate.StageTime stage : slate.stages()) {
            stages.add(new StageTrace(stage.stage(), stage.micros(), stage.outcome()));
        }
        return stages;
    }

    private static List<DegradedStage> degraded(Slate slate) {
        List<DegradedStage> degraded = new ArrayList<>(slate.degradations().size());
        for (Slate.Degradation degradation : slate.degradations()) {
            degraded.add(new DegradedStage(degradation.stage(), degradation.reason()));
        }
        return degraded;
    }
}
