package dev.millrace.server.operate;

import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.StatusCode;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleManifest;
import dev.millrace.models.PublishedModel;
import dev.millrace.models.Registry;
import dev.millrace.wire.operate.ModelCurve;
import dev.millrace.wire.operate.ModelList;
import dev.millrace.wire.operate.TrainingStatus;

import java.io.IOException;
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

    @Get("/v1/models/{version}/curve")
    public ModelCurve curve(@Param("version") String version) throws IOException {
        Bundle bundle = registry.open(version)
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.NOT_FOUND, "There is no model '" + version + "'; see /v1/models for the versions"));
        return new ModelCurve(version, CurvePoints.of(bundle.curve()));
    }

    /** The server itself follows within a second, as it follows every other change of the registry. */
    @Post("/v1/models/{version}/promote")
    public ModelList promote(@Param("version") String version) throws IOException {
        registry.promote(version);
        return models();
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
                manifest.facts().lineage());
    }
}
