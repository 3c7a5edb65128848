package dev.millrace.server.operate;

import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Default;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.StatusCode;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleDifference;
import dev.millrace.models.BundleManifest;
import dev.millrace.models.BundleRefusedException;
import dev.millrace.models.PublishedModel;
import dev.millrace.models.Registry;
import dev.millrace.wire.operate.ModelCurve;
import dev.millrace.wire.operate.ModelDifference;
import dev.millrace.wire.operate.ModelList;
import dev.millrace.wire.operate.ModelVerification;
import dev.millrace.wire.operate.TrainingStatus;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The registry's versions and the training that makes them. Thread-safe. */
@Blocking
public final class ModelsEndpoint {
    private final Registry registry;
    private final TrainingAgent training;

    public ModelsEndpoint(Registry registry, TrainingAgent training) {
        this.registry = registry;
        this.training = training;
    }

    @Get("/v1/models")
    public ModelList models() throws IOException {
        List<ModelList.Model> models =
                registry.list().stream().map(ModelsEndpoint::model).toList();
        return new ModelList(models, registry.liveVersion());
    }

    @Get("/v1/models/{version}")
    public ModelList.Model model(@Param("version") String version) throws IOException {
        registry.manifest(version); // says what is wrong with the name
        return registry.list().stream()
                .filter(published -> published.version().equals(version))
                .findFirst()
                .map(ModelsEndpoint::model)
                .orElseThrow(() -> unknown(version));
    }

    @Get("/v1/models/{version}/diff/{other}")
    public ModelDifference diff(@Param("version") String version, @Param("other") String other) throws IOException {
        BundleDifference difference = registry.difference(version, other);
        List<ModelDifference.Change> changes = new ArrayList<>();
        difference.metrics().forEach((name, change) -> changes.add(change("metrics." + name, change)));
        difference.facts().forEach((name, change) -> changes.add(change(name, change)));
        difference.fileBytes().forEach((name, change) -> changes.add(change("files." + name, change)));
        return new ModelDifference(version, other, changes);
    }

    private static ModelDifference.Change change(String name, BundleDifference.Change<?> change) {
        return new ModelDifference.Change(name, text(change.before()), text(change.after()));
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /** Reads every byte of the version: seconds for gigabytes. */
    @Get("/v1/models/{version}/verify")
    public ModelVerification verify(@Param("version") String version) throws IOException {
        try {
            Bundle _ = registry.open(version).orElseThrow(() -> unknown(version));
            return new ModelVerification(version, true, null);
        } catch (BundleRefusedException e) {
            return new ModelVerification(version, false, e.problem());
        }
    }

    private static MillraceException unknown(String version) {
        return new MillraceException(
                ErrorCode.NOT_FOUND, "There is no model '" + version + "'; see /v1/models for the versions");
    }

    @Get("/v1/models/{version}/curve")
    public ModelCurve curve(@Param("version") String version) throws IOException {
        Bundle bundle = registry.open(version).orElseThrow(() -> unknown(version));
        return new ModelCurve(version, CurvePoints.of(bundle.curve()));
    }

    /** The server itself follows within a second, as it follows every other change of the registry. */
    @Post("/v1/models/{version}/promote")
    public ModelList promote(@Param("version") String version) throws IOException {
        try {
            registry.promote(version);
        } catch (BundleRefusedException e) {
            throw refused(e);
        }
        return models();
    }

    /** It was published, and is damaged since, or its key is no longer trusted: the caller's request is as good as before. */
    private static MillraceException refused(BundleRefusedException e) {
        return new MillraceException(ErrorCode.CONFLICT, "The bundle is refused: " + e.problem(), e);
    }

    /**
     * Of the sequence model, where nothing else is named.
     *
     * @param ranker the name of an imported ranker
     * @param ridge whether the ridge is meant
     */
    @Post("/v1/models/rollback")
    public ModelList rollBack(
            @Param("ranker") @Default("") String ranker, @Param("ridge") @Default("false") boolean ridge)
            throws IOException {
        if (ridge && !ranker.isEmpty()) {
            throw new InvalidValueException("ridge", "is true beside the ranker '" + ranker + "'; give one of them");
        }
        try {
            String _ = ridge ? registry.rollBackRidge() : rollBackModel(ranker);
        } catch (BundleRefusedException e) {
            throw refused(e);
        }
        return models();
    }

    private String rollBackModel(String ranker) throws IOException {
        return ranker.isEmpty() ? registry.rollBack() : registry.rollBackRanker(ranker);
    }

    @Get("/v1/training")
    public TrainingStatus training() {
        return training.status();
    }

    @Post("/v1/training")
    @StatusCode(202)
    public TrainingStatus train() {
        training.startNow();
        return training.status();
    }

    private static ModelList.Model model(PublishedModel published) {
        BundleManifest manifest = published.manifest();
        return new ModelList.Model(
                manifest.version(),
                manifest.created(),
                manifest.kind(),
                manifest.shape().dimension(),
                manifest.shape().historyLength(),
                manifest.shape().items(),
                published.live(),
                manifest.facts().metrics(),
                manifest.facts().lineage(),
                manifest.facts().features(),
                manifest.facts().parents(),
                manifest.bytes(),
                published.keyId());
    }
}
