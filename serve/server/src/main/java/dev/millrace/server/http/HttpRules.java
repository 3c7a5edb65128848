package dev.millrace.server.http;

import com.linecorp.armeria.common.util.BlockingTaskExecutor;
import com.linecorp.armeria.server.ServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;

/** The rules that hold for every route: limits, timeouts, traces, strict bodies, problems, keys. Stateless. */
public final class HttpRules {
    /** Headers are small; what does not fit is an attack or a mistake. */
    private static final int MAX_HEADER_BYTES = 16 << 10;

    private static final int MAX_CONNECTIONS = 10_000;

    /** Tasks that wait for disk or apply; virtual, so that waiting costs little. */
    private static final int BLOCKING_TASKS = 256;

    private HttpRules() {}

    public static void apply(ServerBuilder builder, ServerConfig config, AdminKeys keys) {
        KeyGate gate = new KeyGate(keys);
        builder.errorHandler(new ProblemAnswers())
                .annotatedServiceExtensions(List.of(new StrictBodies()), List.of(new JsonAnswers()), List.of())
                .maxRequestLength(config.limits().bodyBytes())
                .requestTimeout(config.limits().requestTimeout())
                .maxNumConnections(MAX_CONNECTIONS)
                // Meters of the library would go to a registry of the whole process, which nobody scrapes.
                .meterRegistry(new SimpleMeterRegistry())
                // Every failure is answered by ProblemAnswers, which logs the defects among them.
                .unloggedExceptionsReportInterval(Duration.ZERO)
                .http1MaxHeaderSize(MAX_HEADER_BYTES)
                .http2MaxHeaderListSize(MAX_HEADER_BYTES)
                .gracefulShutdownTimeout(
                        Duration.ofMillis(50), config.limits().drain().plusMillis(50))
                .blockingTaskExecutor(blockingTasks(), true)
                .decoratorUnder("/v1", new PlainBodies())
                .decoratorUnder("/v1", gate)
                .decoratorUnder("/millrace.v1.Recommender", gate)
                .decoratorUnder("/v2/models", gate)
                .decoratorUnder("/inference.GRPCInferenceService", gate)
                .decorator(new Traces());
        if (!config.metricsOpen()) {
            builder.decorator("/metrics", gate);
        }
    }

    private static BlockingTaskExecutor blockingTasks() {
        return BlockingTaskExecutor.of(Executors.newScheduledThreadPool(
                BLOCKING_TASKS, Thread.ofVirtual().name("millrace-blocking-", 0).factory()));
    }
}
