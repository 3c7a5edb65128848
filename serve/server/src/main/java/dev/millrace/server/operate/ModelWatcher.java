package dev.millrace.server.operate;

import dev.millrace.features.Catalog;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.DeltaBundle;
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
    private final ModelSlot<LiveModel> slot;
    private final Catalog catalog;
    private final LiveModelConfig config;
    /** A version that could not be loaded is not tried again until another one is promoted. */
    private @Nullable String refused;
    /** A version for which there was no room, and which is tried again: it is told of once. */
    private @Nullable String waiting;
    /** The delta dealt with last, taken or refused for good, and the model that was live then. */
    private @Nullable String delta;

    private @Nullable String deltaModel;
    /** The delta that failed last and is tried again: it is told of once. */
    private @Nullable String failed;

    public ModelWatcher(Registry registry, ModelSlot<LiveModel> slot, Catalog catalog, LiveModelConfig config) {
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
        return followModel() + followDelta();
    }

    private int followModel() throws IOException {
        String wanted = registry.liveVersion();
        if (wanted == null || wanted.equals(slot.version()) || wanted.equals(refused)) {
            return 0;
        }
        try {
            goLive(wanted);
            refused = null;
            waiting = null;
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.UNAVAILABLE) {
                putOff(wanted, e);
                return 0;
            }
            refuse(wanted, e);
        } catch (IOException | RuntimeException e) {
            refuse(wanted, e);
        }
        return 1;
    }

    private void putOff(String version, MillraceException e) {
        if (!version.equals(waiting)) {
            waiting = version;
            log.warn("model {} has to wait, and is tried again: {}", version, e.getMessage());
        }
    }

    private void refuse(String version, Exception e) {
        refused = version;
        log.error("model {} cannot be used; {} goes on answering", version, present(), e);
    }

    private int followDelta() throws IOException {
        String wanted = registry.deltaVersion();
        LiveModel model = slot.acquire();
        if (model == null) {
            return 0;
        }
        try {
            // A new model begins without a delta, so that the one that is there is looked at again.
            if (wanted == null || (wanted.equals(delta) && model.version().equals(deltaModel))) {
                return 0;
            }
            return apply(wanted, model);
        } finally {
            model.release();
        }
    }

    private int apply(String wanted, LiveModel model) {
        boolean isDone = true;
        try {
            read(wanted, model);
        } catch (IOException | RuntimeException e) {
            isDone = isForGood(e);
            if (isDone || !wanted.equals(failed)) {
                failed = wanted;
                log.error(
                        "delta {} cannot be used{}; {} goes on answering",
                        wanted,
                        isDone ? "" : " and is tried again",
                        model.changes().label(),
                        e);
            }
        }
        if (isDone) {
            delta = wanted;
            deltaModel = model.version();
            failed = null;
        }
        return isDone ? 1 : 0; // what is tried again waits for the next turn
    }

    /** What the delta itself is wrong in; anything else, such as a full disk or memory, may pass. */
    private static boolean isForGood(Exception e) {
        return e instanceof BundleRefusedException
                || (e instanceof MillraceException refusal && refusal.code() == ErrorCode.CONFLICT);
    }

    private void read(String version, LiveModel model) throws IOException {
        Bundle bundle = registry.open(version).orElseThrow(() -> new IOException("delta " + version + " is gone"));
        if (!DeltaBundle.parent(bundle.manifest()).equals(model.version())) {
            log.info(
                    "delta {} belongs to model {}; model {} answers as it was trained",
                    version,
                    DeltaBundle.parent(bundle.manifest()),
                    model.version());
            return;
        }
        model.apply(DeltaBundle.read(bundle));
        log.info(
                "delta {} answers, with {} changed items",
                model.changes().label(),
                bundle.manifest().shape().items());
    }

    private void goLive(String version) throws IOException {
        if (slot.restore(version)) {
            log.info("model {} answers again, as it was kept ready", version);
            return;
        }
        slot.makeRoom();
        Bundle bundle = registry.open(version).orElseThrow(() -> new IOException("model " + version + " is gone"));
        long began = System.nanoTime();
        slot.swap(LiveModel.load(bundle, catalog, config, (done, total) -> {}));
        log.info("model {} answers, after {} ms of loading", version, (System.nanoTime() - began) / 1_000_000);
    }

    private String present() {
        return slot.version().isEmpty() ? "the pipeline without a model" : slot.version();
    }
}
