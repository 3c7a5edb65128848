package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.model.Slate;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.ItemVectors;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveModel;
import dev.millrace.recommend.live.LiveModelConfig;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Whatever stage breaks, the answer is not empty and names it. */
class BrokenStageTest {
    private final TestWorld world = new TestWorld();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void run_anyStageThatThrows_isNamedAndTheAnswerIsNotEmpty() throws IOException {
        for (boolean live : List.of(false, true)) {
            if (live) {
                world.goLive(directory.resolve("model"), 1);
            }
            for (String scenario : List.of("home", "popularity", "random")) {
                Set<String> stages = stages(scenario);
                assertTrue(stages.size() >= 9, stages.toString());
                for (String broken : stages) {
                    assertDegraded(scenario, broken);
                }
            }
        }
    }

    @Test
    void run_allSourcesBroken_stillAnswers() {
        Set<String> sources = Set.of("topics", "covisitation", "trending", "new-items", "ridge");
        RecommendPipeline pipeline = world.pipeline(
                RecommendConfig.defaults(),
                stage -> sources.contains(stage.spec().name()) ? new Broken(stage) : stage);
        Slate slate =
                pipeline.run(TestWorld.query("u1", "home", 10), Deadline.none()).slate();
        assertEquals(10, slate.entries().size());
        assertEquals(5, slate.degradations().size());
    }

    @Test
    void run_hangingSource_isAbandonedAtItsDeadline() {
        CountDownLatch release = new CountDownLatch(1);
        RecommendPipeline pipeline = world.pipeline(
                RecommendConfig.defaults(),
                stage -> stage.spec().name().equals("topics") ? new Hanging(stage, release) : stage);
        Slate slate = pipeline.run(TestWorld.query("u1", "home", 10), Deadline.after(Duration.ofMillis(300)))
                .slate();
        assertEquals(10, slate.entries().size());
        assertEquals("topics", slate.degradations().getFirst().stage());
        assertTrue(slate.degradations().getFirst().reason().startsWith("abandoned after"));
        assertTrue(slate.stages().stream().anyMatch(stage -> stage.outcome().equals("late")));
        release.countDown();
    }

    @Test
    @Timeout(300)
    void run_modelThatHangs_isEndedAtItsDeadline() throws IOException {
        LiveModelConfig defaults = LiveModelConfig.defaults();
        LiveModelConfig config = new LiveModelConfig(defaults.inference(), defaults.index(), defaults.vectors(), 0);
        LiveModel model = LiveModel.load(slowBundle(), world.state.catalog(), config, (done, total) -> {});
        long began = System.nanoTime();
        model.networks().encode(new int[] {1}, 1, new float[model.dimension()]);
        long whole = System.nanoTime() - began;
        world.models.swap(model);
        RecommendPipeline pipeline = world.pipeline();

        began = System.nanoTime();
        Slate slate = pipeline.run(TestWorld.query("u1", "home", 10), Deadline.afterNanos(whole / 5, Clock.system()))
                .slate();
        long taken = System.nanoTime() - began;

        assertEquals(10, slate.entries().size());
        assertTrue(
                slate.degradations().stream()
                        .anyMatch(degraded -> degraded.stage().equals("encode-user")
                                && degraded.reason().contains("its time had passed")),
                () -> "not told: " + slate.degradations());
        assertTrue(taken < whole, taken / 1_000_000 + " ms, where the model takes " + whole / 1_000_000);
        assertEquals(1, model.networks().endedRuns());
    }

    /** A model that computes some hundreds of large products for a user vector. */
    private Bundle slowBundle() throws IOException {
        int width = 512;
        int dimension = 8;
        OnnxGraphBuilder graph = new OnnxGraphBuilder("slow");
        String history = graph.input("history", ElementType.INT64, Dimension.of(1), Dimension.of(3));
        String row =
                graph.node("Gather", List.of(graph.constant("rows", new float[1_000 * width], 1_000, width), history));
        String x = graph.node(
                "Expand",
                List.of(
                        graph.node(
                                "ReduceSum",
                                List.of(row, graph.constant("axes", new long[] {1}, 1)),
                                Attribute.of("keepdims", 0)),
                        graph.constant("square", new long[] {width, width}, 2)));
        String matrix = graph.constant("matrix", new float[width * width], width, width);
        for (int i = 0; i < 400; i++) {
            x = graph.node("MatMul", List.of(x, matrix));
        }
        String mean = graph.node("ReduceMean", List.of(x, graph.constant("all", new long[] {0}, 1)));
        String narrow = graph.constant("narrow", new float[width * dimension], width, dimension);
        graph.output(
                "user",
                graph.node("MatMul", List.of(mean, narrow)),
                ElementType.FLOAT,
                Dimension.of(1),
                Dimension.of(dimension));
        List<ItemId> items = IntStream.range(0, TestWorld.ITEMS)
                .mapToObj(i -> new ItemId("i" + i))
                .toList();
        float[] vectors = new float[items.size() * dimension];
        Arrays.fill(vectors, 1);
        return BundleWriter.write(
                directory.resolve("slow"),
                new BundleContent(
                        "slow",
                        Instant.EPOCH,
                        3,
                        new Vocabulary(items),
                        ItemVectors.of(vectors, dimension),
                        new BundleContent.Graphs(graph.build(), ScorerGraph.dotProduct(dimension)),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
    }

    @Test
    void run_passedDeadline_stillAnswers() throws IOException {
        world.goLive(directory.resolve("model"), 1);
        Slate slate = world.pipeline()
                .run(TestWorld.query("u1", "home", 10), Deadline.after(Duration.ZERO))
                .slate();
        assertEquals(10, slate.entries().size());
        assertFalse(slate.degradations().isEmpty());
        assertEquals("", slate.model(), "no model has scored it");
    }

    private void assertDegraded(String scenario, String broken) {
        RecommendPipeline pipeline = world.pipeline(
                RecommendConfig.defaults(), stage -> stage.spec().name().equals(broken) ? new Broken(stage) : stage);
        Slate slate = pipeline.run(TestWorld.query("u1", scenario, 10), Deadline.none())
                .slate();
        assertEquals(10, slate.entries().size(), scenario + " without " + broken);
        assertTrue(
                slate.degradations().stream()
                        .anyMatch(degradation -> degradation.stage().equals(broken)
                                && degradation.reason().contains("broken for the test")),
                scenario + " without " + broken + ": " + slate.degradations());
    }

    private Set<String> stages(String scenario) {
        Set<String> names = new LinkedHashSet<>();
        Slate slate = world.pipeline()
                .run(TestWorld.query("u1", scenario, 10), Deadline.none())
                .slate();
        slate.stages().forEach(stage -> names.add(stage.stage()));
        return names;
    }

    private record Broken(Stage stage) implements Stage {
        @Override
        public StageSpec spec() {
            return stage.spec();
        }

        @Override
        public void run(Scope scope) {
            throw new IllegalStateException("broken for the test");
        }

        @Override
        public void fallback(Scope scope) {
            stage.fallback(scope);
        }
    }

    private record Hanging(Stage stage, CountDownLatch release) implements Stage {
        @Override
        public StageSpec spec() {
            return stage.spec();
        }

        @Override
        public void run(Scope scope) throws InterruptedException {
            release.await();
        }
    }
}
