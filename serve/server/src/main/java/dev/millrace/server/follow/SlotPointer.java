package dev.millrace.server.follow;

import dev.millrace.features.Catalog;
import dev.millrace.features.FeatureState;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.models.Bundle;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.Registry;
import dev.millrace.recommend.live.LeasedModel;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.recommend.live.VectorTables;
import dev.millrace.recommend.select.ActionWorth;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** What is live of one kind and has a place of its own: the model, or the ranker that is trained here. Owned by the watcher. */
public final class SlotPointer<M extends LeasedModel> implements Pointer {
    private static final Logger log = LoggerFactory.getLogger(SlotPointer.class);

    private final Words words;
    private final Wanted wanted;
    private final Loading<M> loading;
    private final ModelSlot<M> slot;

    private SlotPointer(Words words, Wanted wanted, Loading<M> loading, ModelSlot<M> slot) {
        this.words = words;
        this.wanted = wanted;
        this.loading = loading;
        this.slot = slot;
    }

    /** The live model. */
    public static SlotPointer<LiveModel> ofModel(
            Registry registry, ModelSlot<LiveModel> slot, Catalog catalog, LiveModelConfig config) {
        return new SlotPointer<>(
                new Words("model", "answers", "the pipeline without a model"),
                registry::liveVersion,
                bundle -> LiveModel.load(bundle, catalog, config, (done, total) -> {}),
                slot);
    }

    /**
     * The live one of the rankers that are trained here.
     *
     * @param vectors where the vectors of its items are to lie
     */
    public static SlotPointer<LiveRanker> ofRanker(
            Registry registry,
            ModelSlot<LiveRanker> slot,
            FeatureState state,
            InferenceConfig config,
            ActionWorth worth,
            VectorTables vectors) {
        return new SlotPointer<>(
                new Words("ranker", "orders candidates", "the order without one"),
                registry::liveRanker,
                bundle -> LiveRanker.load(MultiTaskBundle.of(bundle), state, config, worth, vectors),
                slot);
    }

    @Override
    public String kind() {
        return words.kind();
    }

    @Override
    public @Nullable String wanted() throws IOException {
        return wanted.version();
    }

    @Override
    public String base() {
        return "";
    }

    @Override
    public boolean restore(String version) {
        boolean isBack = slot.restore(version);
        if (isBack) {
            log.info("{} {} {} again, as it was kept ready", words.kind(), version, words.deed());
        }
        return isBack;
    }

    @Override
    public void take(Bundle bundle) throws IOException {
        slot.makeRoom();
        long began = System.nanoTime();
        slot.swap(loading.load(bundle));
        long millis = (System.nanoTime() - began) / 1_000_000;
        log.info("{} {} {}, after {} ms of loading", words.kind(), bundle.version(), words.deed(), millis);
    }

    @Override
    public String present() {
        return slot.version().isEmpty() ? words.without() : slot.version();
    }

    /**
     * How it is spoken of.
     *
     * @param deed what it does while it is live
     * @param without who answers while none is
     */
    private record Words(String kind, String deed, String without) {}

    /** Asks the registry. */
    private interface Wanted {
        @Nullable
        String version() throws IOException;
    }

    /** Makes a bundle ready to answer. */
    private interface Loading<M> {
        M load(Bundle bundle) throws IOException;
    }
}
