package dev.millrace.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.millrace.wire.grpc.RecommendRequest;
import dev.millrace.wire.grpc.RecommendResponse;
import dev.millrace.wire.grpc.RecommenderGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** More than can be answered, and the end of the process. */
final class LoadTest {
    @TempDir
    private Path data;

    @Test
    void overload_isRefusedAtOnce_andTheAdmittedAreInTime() throws Exception {
        Map<String, String> small = Map.of(
                "server.workers", "1",
                "server.deadline", "1s",
                "admission.max-wait", "20ms",
                "admission.max-waiting", "8");
        try (RunningServer server = RunningServer.start(data, small)) {
            server.addItems(200);
            ConcurrentLinkedQueue<HttpResponse<String>> answers = new ConcurrentLinkedQueue<>();
            ConcurrentLinkedQueue<Integer> acknowledged = new ConcurrentLinkedQueue<>();
            List<CompletableFuture<Void>> open = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                HttpRequest request = server.authorized("/v1/recommend")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"u" + i % 50 + "\",\"dryRun\":true}"))
                        .build();
                open.add(server.http
                        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                        .thenAccept(answers::add));
                if (i % 10 == 0) {
                    HttpRequest click = server.authorized("/v1/events")
                            .POST(HttpRequest.BodyPublishers.ofString(event("click-" + i)))
                            .build();
                    open.add(server.http
                            .sendAsync(click, HttpResponse.BodyHandlers.ofString())
                            .thenAccept(answer -> acknowledged.add(answer.statusCode())));
                }
                if (open.size() == 330) {
                    CompletableFuture.allOf(open.toArray(CompletableFuture<?>[]::new))
                            .join();
                    open.clear();
                }
            }
            CompletableFuture.allOf(open.toArray(CompletableFuture<?>[]::new)).join();
            int refused = check(answers);
            assertEquals(200, server.post("/v1/recommend", "{\"user\":\"u1\"}").statusCode());
            JsonNode totals = Await.until(
                    () -> RunningServer.ok(server.get("/v1/stats")).path("totals"),
                    seen -> seen.path("rejected").asLong() >= refused);
            assertEquals(refused, totals.path("rejected").asLong(), "each refusal is counted once");
            assertEquals(0, totals.path("errors").asLong());
            assertEquals(refused, metric(server, "admission_rejected") + metric(server, "admission_dropped"));
            assertEquals(Collections.nCopies(300, 200), List.copyOf(acknowledged), "events are not turned away");
            assertEquals(200 + 300, totals.path("eventsAccepted").asLong(), "items and clicks are kept");
        }
    }

    @Test
    void overload_overRpc_isCountedAsRefusedAndNotAsAnswered() throws Exception {
        Map<String, String> small = Map.of("server.workers", "1", "admission.max-waiting", "8");
        try (RunningServer server = RunningServer.start(data, small)) {
            server.addItems(50);
            RecommenderGrpc.RecommenderStub rpc = GrpcClients.builder("gproto+http://127.0.0.1:" + server.server.port())
                    .addHeader("Authorization", "Bearer " + RunningServer.KEY)
                    .build(RecommenderGrpc.RecommenderStub.class);
            List<CompletableFuture<Status.Code>> calls = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                calls.add(recommend(rpc, "u" + i % 50));
            }
            List<Status.Code> codes =
                    calls.stream().map(CompletableFuture::join).toList();
            int refused = Collections.frequency(codes, Status.Code.RESOURCE_EXHAUSTED);
            int answered = Collections.frequency(codes, Status.Code.OK);
            assertEquals(300, refused + answered, codes::toString);
            assertTrue(refused > 0 && answered > 0, codes::toString);
            assertEquals(refused, Await.until(() -> metric(server, "requests_rejected"), seen -> seen >= refused));
            assertEquals(answered, metric(server, "answer_latency_seconds_count"));
            assertEquals(0, metric(server, "requests_failed"));
        }
    }

    private static CompletableFuture<Status.Code> recommend(RecommenderGrpc.RecommenderStub rpc, String user) {
        CompletableFuture<Status.Code> code = new CompletableFuture<>();
        rpc.recommend(
                RecommendRequest.newBuilder().setUser(user).setDryRun(true).build(), new StreamObserver<>() {
                    @Override
                    public void onNext(RecommendResponse answer) {}

                    @Override
                    public void onError(Throwable failure) {
                        code.complete(Status.fromThrowable(failure).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        code.complete(Status.Code.OK);
                    }
                });
        return code;
    }

    private static long metric(RunningServer server, String name) throws Exception {
        String start = "millrace_" + name + " ";
        return server.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(start.length())))
                .sum();
    }

    /** Returns how many were refused. */
    private static int check(ConcurrentLinkedQueue<HttpResponse<String>> answers) throws Exception {
        int refused = 0;
        int answered = 0;
        for (HttpResponse<String> answer : answers) {
            if (answer.statusCode() == 429) {
                refused++;
                assertTrue(Integer.parseInt(
                                answer.headers().firstValue("Retry-After").orElse("0"))
                        >= 1);
                assertEquals(
                        "OVERLOADED", RunningServer.json(answer).path("code").asText());
            } else {
                assertEquals(200, answer.statusCode(), answer.body());
                assertEquals(10, RunningServer.json(answer).path("items").size());
                assertTrue(RunningServer.json(answer).path("tookMicros").asLong() < 1_000_000);
                answered++;
            }
        }
        assertEquals(3000, refused + answered);
        assertTrue(refused > 0, "a burst of 300 on one worker must be refused in part");
        assertTrue(answered > 0, "what fits is answered");
        return refused;
    }

    @Test
    void close_whileAStreamIsOpen_answersItFirst() throws Exception {
        try (RunningServer server = RunningServer.start(data);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port());
                OutputStream out = socket.getOutputStream()) {
            out.write(head().getBytes(StandardCharsets.US_ASCII));
            writeChunk(out, "first");
            Await.until(
                    () -> RunningServer.ok(server.get("/v1/stats"))
                            .path("log")
                            .path("end")
                            .asLong(),
                    end -> end == 1);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server::close);
            Await.until(() -> isRefused(server), refused -> refused);
            assertFalse(closing.isDone(), "it waits for the open stream");
            writeChunk(out, "last");
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
            assertTrue(answer.contains("\"accepted\":2"), answer);
            closing.get();
        }
        try (RunningServer again = RunningServer.start(data)) {
            JsonNode repeated = RunningServer.ok(again.post("/v1/events", event("last")));
            assertEquals(1, repeated.path("duplicates").asInt());
        }
    }

    private static boolean isRefused(RunningServer server) {
        try {
            return server.send(server.request("/health/ready").GET()).statusCode() == 503;
        } catch (IOException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String event(String id) {
        return "{\"eventId\":\"" + id + "\",\"user\":\"u\",\"item\":\"i\",\"type\":\"click\"}";
    }

    private static String head() {
        return """
                POST /v1/events HTTP/1.1
                Host: localhost
                X-Api-Key: %s
                Connection: close
                Content-Type: application/x-ndjson
                Transfer-Encoding: chunked

                """.formatted(RunningServer.KEY).replace("\n", "\r\n");
    }

    private static void writeChunk(OutputStream out, String id) throws IOException {
        String line = event(id) + "\n";
        out.write("%x\r\n%s\r\n".formatted(line.length(), line).getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
