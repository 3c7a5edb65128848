package dev.millrace.console;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Default;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.client.MillraceClient;
import dev.millrace.wire.operate.ModelList;

import java.util.Map;
import java.util.Objects;

/** The versions of the model, how each learned, which one is live; and the training that runs. Thread-safe. */
@Blocking
final class ModelPageEndpoint {
    private final Pages pages;

    ModelPageEndpoint(Pages pages) {
        this.pages = pages;
    }

    @Get("/console/models")
    public HttpResponse page(ServiceRequestContext context, @Param("version") @Default("") String version) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> {
            ModelList models = client.models();
            String chosen = version.isEmpty() ? Objects.requireNonNullElse(models.live(), "") : version;
            return versions(models, chosen);
        });
    }

    @Get("/console/models/training")
    public HttpResponse training(ServiceRequestContext context) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> pages.page("training", Map.of("training", client.training())));
    }

    @Post("/console/models/training")
    public HttpResponse train(ServiceRequestContext context) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> pages.page("training", Map.of("training", client.train())));
    }

    @Post("/console/models/promote")
    public HttpResponse promote(ServiceRequestContext context, @Param("version") @Default("") String version) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> versions(client.promote(version), version));
    }

    @Post("/console/models/rollback")
    public HttpResponse rollBack(ServiceRequestContext context) {
        MillraceClient client = SessionGate.client(context);
        return pages.orNotice(() -> {
            ModelList models = client.rollBack();
            return versions(models, Objects.requireNonNullElse(models.live(), ""));
        });
    }

    private HttpResponse versions(ModelList models, String chosen) {
        return pages.page(
                "models",
                Map.of(
                        "models",
                        models,
                        "family",
                        FamilyTree.of(models.models()),
                        "comparison",
                        Comparison.of(models, chosen),
                        "chosen",
                        chosen));
    }
}
