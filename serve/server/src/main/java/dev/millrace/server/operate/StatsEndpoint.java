package dev.millrace.server.operate;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Post;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.server.http.QueryText;
import dev.millrace.wire.operate.PipelineList;
import dev.millrace.wire.operate.ReferencePoint;
import dev.millrace.wire.operate.Stats;
import dev.millrace.wire.operate.StatsSeries;

import java.util.function.Supplier;

/** What the server holds and does, for operators and the console. Thread-safe. */
public final class StatsEndpoint {
    private static final int MAX_MINUTES = 360;

    private final Supplier<Stats> stats;
    private final Series series;
    private final RecommendPipeline pipeline;

    public StatsEndpoint(Supplier<Stats> stats, Series series, RecommendPipeline pipeline) {
        this.stats = stats;
        this.series = series;
        this.pipeline = pipeline;
    }

    @Get("/v1/stats")
    public Stats stats() {
        return stats.get();
    }

    @Get("/v1/stats/series")
    public StatsSeries series(ServiceRequestContext context) {
        return series.last(new QueryText(context, "minutes").integer("minutes", 30, 1, MAX_MINUTES));
    }

    @Post("/v1/references")
    public HttpResponse reference(ReferencePoint point) {
        series.add(point);
        return HttpResponse.of(HttpStatus.NO_CONTENT);
    }

    @Get("/v1/pipelines")
    public PipelineList pipelines() {
        return new PipelineList(pipeline.scenarios().stream()
                .sorted()
                .map(scenario -> new PipelineList.Pipeline(scenario, pipeline.describe(scenario)))
                .toList());
    }
}
