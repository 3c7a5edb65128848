package dev.millrace.server.operate;

import dev.millrace.features.FeatureState;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.models.Bundle;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.select.ActionWorth;
import dev.millrace.runtime.Agent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** Follows the registry for the ranker that is trained here: what is promoted there orders candidates here. Owned by its runner. */
public final class RankerWatcher implements Agent {
    private static final Logger log = LoggerFactory.getLogger(RankerWatcher.class);

    private final Registry registry;
    private final ModelSlot<LiveRanker> slot;
    private final FeatureState state;
    private final InferenceConfig config;
    private final ActionWorth worth;
    /** A version that could not be loaded is not tried again until another one is promoted. */
    private @Nullable String refused;

    public RankerWatcher(
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
    public String name() {
        return "ranker";
    }

    @Override
    public int doWork() throws IOException {
        String wanted = registry.liveRanker();
        if (wanted == null || wanted.equals(slot.version()) || wanted.equals(refused)) {
            return 0;
        }
        try {
            if (!slot.restore(wanted)) {
                load(wanted);
            }
            refused = null;
            log.info("ranker {} orders candidates", wanted);
        } catch (IOException | RuntimeException e) {
            refused = wanted;
            log.error("ranker {} cannot be used; {} goes on", wanted, present(), e);
        }
        return 1;
    }

    private void load(String version) throws IOException {
        slot.makeRoom();
        Bundle bundle = registry.open(version).orElseThrow(() -> new IOException("ranker " + version + " is gone"));
        slot.swap(LiveRanker.load(MultiTaskBundle.of(bundle), state, config, worth));
    }

    private String present() {
        return slot.version().isEmpty() ? "the order without one" : slot.version();
    }
}
