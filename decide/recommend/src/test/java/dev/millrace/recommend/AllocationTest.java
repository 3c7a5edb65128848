package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.model.Query;
import dev.millrace.pipeline.WorkerPool;
import dev.millrace.recommend.RecommendConfig.Limits;
import dev.millrace.recommend.RecommendParts.Sources;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.CandidateSource;
import dev.millrace.retrieval.UserContext;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/** The request path makes garbage per request and per shown item, never per candidate; the sources here make none. */
class AllocationTest {
    private static final int WARM_UP = 5_000;
    private static final int ROUNDS = 500;

    @TempDir
    private Path directory;

    @Test
    void run_tenTimesTheCandidates_allocatesHardlyMore() throws IOException {
        try (TestWorld world = new TestWorld()) {
            world.goLive(directory.resolve("model"), 1);
            long few = bytesPerRequest(world, new Limits(4, 4, 4, 4, 4, 4));
            long many = bytesPerRequest(world, new Limits(200, 60, 60, 60, 60, 60));
            System.out.println("allocated per request: " + few + " bytes for few candidates, " + many + " for many");
            // Some 200 candidates more: the smallest object for each would be 3,200 bytes.
            assertTrue(many - few < 1_500, few + " bytes for few candidates, " + many + " for many");
        }
    }

    private static long bytesPerRequest(TestWorld world, Limits limits) {
        RecommendConfig defaults = RecommendConfig.defaults();
        RecommendConfig config = new RecommendConfig(
                limits,
                defaults.withRanker(),
                defaults.withModel(),
                defaults.withoutModel(),
                defaults.diversity(),
                defaults.exploration(),
                defaults.memory());
        RecommendPipeline pipeline = new RecommendPipeline(parts(world), config);
        Query query = TestWorld.query("u1", "home", 10);
        assertEquals(10, pipeline.run(query, Deadline.none()).slate().entries().size());
        for (int i = 0; i < WARM_UP; i++) {
            pipeline.run(query, Deadline.none());
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            pipeline.run(query, Deadline.none());
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
    }

    private static RecommendParts parts(TestWorld world) {
        Sources sources = new Sources(
                new Counting("topics", 60),
                new Counting("covisitation", 120),
                new Counting("trending", 180),
                new Counting("new-items", 240),
                new Counting("ridge", 300),
                new Counting("random", 0));
        return new RecommendParts(
                world.state, sources, world.models, world.rankers, SlateSink.none(), WorkerPool.none(), Clock.system());
    }

    /** Proposes one item after the other, from a place of its own. */
    private record Counting(String name, int from) implements CandidateSource {
        @Override
        public int retrieve(UserContext user, int limit, Deadline deadline, CandidateBuffer into) {
            for (int i = 0; i < limit; i++) {
                into.add(from + i, 1f / (1 + i));
            }
            return limit;
        }
    }
}
