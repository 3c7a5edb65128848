package dev.millrace.server.operate;

import dev.millrace.features.Catalog;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.runtime.Agent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** Follows the registry: what is promoted there answers here, once it is loaded. Owned by its runner. */
public final class ModelWatcher implements Agent {
    private static final Logger log = LoggerFactory.getLogger(ModelWatcher.class);

    private final Registry registry;
    private final ModelSlot slot;
    private final Catalog catalog;
    private final LiveModelConfig config;
    /** A version that could not be loaded is not tried again until another one is promoted. */
    private @Nullable String refused;

    public ModelWatcher(Registry registry, ModelSlot slot, Catalog catalog, LiveModelConfig config) {
        this.registry = registry;
        this.slot = slot;
        this.catalog = catalog;
        this.config = config;
    }

    @Override
    public String name() {
        return "models";
    }

    @Override
    public int doWork() throws IOException {
        String wanted = registry.liveVersion();
        if (wanted == null || wanted.equals(slot.version()) || wanted.equals(refused)) {
            return 0;
        }
        try {
            load(wanted);
            refused = null;
        } catch (IOException | RuntimeException e) {
            refused = wanted;
            log.error("model {} cannot be used; {} goes on answering", wanted, present(), e);
        }
        return 1;
    }

    private void load(String version) throws IOException {
        Bundle bundle = registry.open(version).orElseThrow(() -> new IOException("model " + version + " is gone"));
        long began = System.nanoTime();
        slot.swap(LiveModel.load(bundle, catalog, config, (done, total) -> {}));
        log.info("model {} answers, after {} ms of loading", version, (System.nanoTime() - began) / 1_000_000);
    }

    private String present() {
        return slot.version().isEmpty() ? "the pipeline without a model" : slot.version();
    }
}
