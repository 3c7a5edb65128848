package dev.millrace.server.follow;

import dev.millrace.features.Catalog;
import dev.millrace.models.Bundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.ModelSlot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** The live model. Owned by the watcher. */
public final class ModelPointer implements Pointer {
    private static final Logger log = LoggerFactory.getLogger(ModelPointer.class);

    private final Registry registry;
    private final ModelSlot<LiveModel> slot;
    private final Catalog catalog;
    private final LiveModelConfig config;

    public ModelPointer(Registry registry, ModelSlot<LiveModel> slot, Catalog catalog, LiveModelConfig config) {
        this.registry = registry;
        this.slot = slot;
        this.catalog = catalog;
        this.config = config;
    }

    @Override
    public String kind() {
        return "model";
    }

    @Override
    public @Nullable String wanted() throws IOException {
        return registry.liveVersion();
    }

    @Override
    public String base() {
        return "";
    }

    @Override
    public boolean restore(String version) {
        boolean isBack = slot.restore(version);
        if (isBack) {
            log.info("model {} answers again, as it was kept ready", version);
        }
        return isBack;
    }

    @Override
    public void take(Bundle bundle) throws IOException {
        slot.makeRoom();
        long began = System.nanoTime();
        slot.swap(LiveModel.load(bundle, catalog, config, (done, total) -> {}));
        log.info("model {} answers, after {} ms of loading", bundle.version(), (System.nanoTime() - began) / 1_000_000);
    }

    @Override
    public String present() {
        return slot.version().isEmpty() ? "the pipeline without a model" : slot.version();
    }
}
