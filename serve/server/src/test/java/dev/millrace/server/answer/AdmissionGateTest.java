package dev.millrace.server.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import dev.millrace.runtime.Admission;
import dev.millrace.runtime.AdmissionConfig;
import dev.millrace.runtime.AdmissionControl;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.server.http.OverloadedException;
import dev.millrace.server.http.ProblemAnswers;
import dev.millrace.server.http.Traces;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A gate before routes that refuse by themselves whatever reaches them. */
final class AdmissionGateTest {
    private static final Duration BUDGET = Duration.ofSeconds(5);
    private static final String TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

    private final AdmissionControl admission = new AdmissionControl(
            new AdmissionConfig(1, 1, Duration.ofSeconds(5), Duration.ofMillis(1)), Clock.system());
    private final AtomicInteger reached = new AtomicInteger();
    private final Server server = server();
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void start() {
        server.start().join();
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop().join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/recommend", "/v1/recommend/next", "/v1/similar", "/v1/rerank"})
    void early_refusalOfARoute_isTheAnswerOfALateOne(String path) throws Exception {
        java.net.http.HttpResponse<String> early;
        try (Admission.Permit ahead = oneIsWaiting()) {
            assertTrue(ahead != null);
            early = send("POST", path);
            assertEquals(0, reached.get(), "the route is not reached");
            assertEquals(1, admission.rejected());
        }
        java.net.http.HttpResponse<String> late = send("POST", path);
        assertEquals(1, reached.get(), "the route is reached once there is a place");
        assertEquals(1, admission.rejected(), "passing takes no place and counts nothing");
        assertEquals(0, admission.waiting());
        assertEquals(429, early.statusCode());
        assertEquals(late.statusCode(), early.statusCode());
        assertEquals(late.body(), early.body());
        for (String header : new String[] {"content-type", "content-length", "retry-after"}) {
            assertEquals(late.headers().allValues(header), early.headers().allValues(header), header);
            assertEquals(1, early.headers().allValues(header).size(), header);
        }
        assertTrue(early.body().contains("0123456789abcdef0123456789abcdef"), early.body());
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/events",
        "POST, /v1/recommend/batch",
        "GET, /v1/recommend",
        "GET, /v1/stats",
        "GET, /health/ready"
    })
    void request_thatAsksForNoSingleAnswer_passesAFullGate(String method, String path) throws Exception {
        try (Admission.Permit ahead = oneIsWaiting()) {
            assertTrue(ahead != null);
            send(method, path);
            assertEquals(1, reached.get());
            assertEquals(0, admission.rejected());
        }
    }

    private Admission.Permit oneIsWaiting() {
        return assertInstanceOf(
                Admission.Permit.class, admission.tryAcquire(Priority.INTERACTIVE, Deadline.after(BUDGET)));
    }

    private java.net.http.HttpResponse<String> send(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.activeLocalPort() + path))
                .header("traceparent", TRACE)
                .timeout(Duration.ofSeconds(10))
                .version(HttpClient.Version.HTTP_1_1)
                .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private Server server() {
        ServerBuilder builder =
                Server.builder().http(new InetSocketAddress("127.0.0.1", 0)).errorHandler(new ProblemAnswers());
        AdmissionGate.mount(builder, admission, BUDGET);
        return builder.decorator(new Traces())
                .serviceUnder(
                        "/",
                        (context, request) ->
                                HttpResponse.of(request.aggregate().thenApply(whole -> {
                                    reached.incrementAndGet();
                                    throw OverloadedException.ofWaiting(0);
                                })))
                .build();
    }
}
