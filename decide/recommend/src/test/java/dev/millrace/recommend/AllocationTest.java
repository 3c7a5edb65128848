package dev.millrace.recommend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.model.Query;
import dev.millrace.recommend.RecommendConfig.Limits;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/** The request path makes garbage per request and per shown item, never per candidate. */
class AllocationTest {
    private static final int WARM_UP = 3_000;
    private static final int ROUNDS = 500;

    @TempDir
    private Path directory;

    @Test
    void run_tenTimesTheCandidates_allocatesHardlyMore() throws IOException {
        try (TestWorld world = new TestWorld()) {
            world.goLive(directory.resolve("model"), 1);
            long few = bytesPerRequest(world, new Limits(5, 5, 5, 5, 5));
            long many = bytesPerRequest(world, new Limits(200, 200, 100, 100, 100));
            System.out.println("allocated per request: " + few + " bytes for few candidates, " + many + " for many");
            // The difference is a few hundred candidates: a single small object for each would be 4,000 bytes and more.
            assertTrue(many - few < 2_000, few + " bytes for few candidates, " + many + " for many");
        }
    }

    private static long bytesPerRequest(TestWorld world, Limits limits) {
        RecommendConfig defaults = RecommendConfig.defaults();
        RecommendConfig config = new RecommendConfig(
                limits,
                defaults.withModel(),
                defaults.withoutModel(),
                defaults.diversity(),
                defaults.exploration(),
                defaults.memory());
        RecommendPipeline pipeline = world.pipeline(config, stage -> stage);
        Query query = TestWorld.query("u1", "home", 10);
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
}
