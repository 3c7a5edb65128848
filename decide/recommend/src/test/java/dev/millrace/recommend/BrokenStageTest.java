package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.Slate;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

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
