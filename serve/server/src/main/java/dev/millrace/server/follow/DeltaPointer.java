package dev.millrace.server.follow;

import dev.millrace.models.Bundle;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.ModelSlot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** What was learnt online on the live model. A new model begins without it, so that it is looked at again. Owned by the watcher. */
public final class DeltaPointer implements Pointer {
    private static final Logger log = LoggerFactory.getLogger(DeltaPointer.class);

    private final Registry registry;
    private final ModelSlot<LiveModel> slot;

    public DeltaPointer(Registry registry, ModelSlot<LiveModel> slot) {
        this.registry = registry;
        this.slot = slot;
    }

    @Override
    public String kind() {
        return "delta";
    }

    @Override
    public @Nullable String wanted() throws IOException {
        return registry.deltaVersion();
    }

    @Override
    public @Nullable String base() {
        return slot.version().isEmpty() ? null : slot.version();
    }

    @Override
    public boolean restore(String version) {
        return false;
    }

    @Override
    public void take(Bundle bundle) throws IOException {
        LiveModel model = slot.acquire();
        if (model == null) {
            throw new IOException("no model is live any more");
        }
        try {
            apply(bundle, model);
        } finally {
            model.release();
        }
    }

    private static void apply(Bundle bundle, LiveModel model) throws IOException {
        String parent = DeltaBundle.parent(bundle.manifest());
        if (!parent.equals(model.version())) {
            log.info(
                    "delta {} belongs to model {}; model {} answers as it was trained",
                    bundle.version(),
                    parent,
                    model.version());
            return;
        }
        model.apply(DeltaBundle.read(bundle));
        log.info(
                "delta {} answers, with {} changed items",
                model.changes().label(),
                bundle.manifest().shape().items());
    }

    @Override
    public String present() {
        LiveModel model = slot.acquire();
        if (model == null) {
            return "the pipeline without a model";
        }
        try {
            return model.changes().label();
        } finally {
            model.release();
        }
    }
}
