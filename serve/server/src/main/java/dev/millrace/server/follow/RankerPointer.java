package dev.millrace.server.follow;

import dev.millrace.features.FeatureState;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.models.Bundle;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.select.ActionWorth;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** The live one of the rankers that are trained here. Owned by the watcher. */
public final class RankerPointer implements Pointer {
    private static final Logger log = LoggerFactory.getLogger(RankerPointer.class);

    private final Registry registry;
    private final ModelSlot<LiveRanker> slot;
    private final FeatureState state;
    private final InferenceConfig config;
    private final ActionWorth worth;

    public RankerPointer(
            Registry registry,
            ModelSlot<LiveRanker> slot,
            FeatureState state,
            InferenceConfig config,
            ActionWorth worth) {
        this.registry = registry;
        this.slot = slot;
        this.state = state;
        this.config = config;
        this.worth = worth;
    }

    @Override
    public String kind() {
        return "ranker";
    }

    @Override
    public @Nullable String wanted() throws IOException {
        return registry.liveRanker();
    }

    @Override
    public String base() {
        return "";
    }

    @Override
    public boolean restore(String version) {
        boolean isBack = slot.restore(version);
        if (isBack) {
            log.info("ranker {} orders candidates again, as it was kept ready", version);
        }
        return isBack;
    }

    @Override
    public void take(Bundle bundle) throws IOException {
        slot.makeRoom();
        slot.swap(LiveRanker.load(MultiTaskBundle.of(bundle), state, config, worth));
        log.info("ranker {} orders candidates", bundle.version());
    }

    @Override
    public String present() {
        return slot.version().isEmpty() ? "the order without one" : slot.version();
    }
}
