package dev.millrace.benchmarks.store.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

class TraceReplayTest {
    @TempDir
    private Path directory;

    @Test
    void lru_randomAccesses_hitsAsALinkedHashMapDoes() {
        Random random = new Random(11);
        int keys = 200;
        int capacity = 40;
        EvictionPolicy policy = new LruPolicy.Opener().open(capacity, keys);
        Map<Integer, Boolean> plain = new LinkedHashMap<>(16, 0.75f, true);
        for (int i = 0; i < 50_000; i++) {
            int key = (int) (keys * random.nextDouble() * random.nextDouble());
            boolean expected = plain.get(key) != null;
            plain.put(key, true);
            if (plain.size() > capacity) {
                plain.remove(plain.keySet().iterator().next());
            }
            assertEquals(expected, policy.access(key), "seed 11, access " + i);
        }
    }

    @Test
    void clock_usedKeys_areSparedOnce() {
        EvictionPolicy policy = new ClockPolicy.Opener().open(3, 10);
        access(policy, 0, 1, 2, 0);
        assertTrue(!policy.access(3), "evicts 1, as 0 was used");
        assertTrue(policy.access(0) && policy.access(2) && policy.access(3));
        assertTrue(!policy.access(1));
    }

    @Test
    void everyPolicy_neverHoldsMoreThanItsCapacity() {
        int keys = 500;
        for (EvictionPolicy.Opener opener : openers()) {
            EvictionPolicy policy = opener.open(50, keys);
            Random random = new Random(5);
            for (int i = 0; i < 20_000; i++) {
                policy.access(random.nextInt(keys));
            }
            // Keys that are asked for once each hit at most as often as keys were held.
            int hits = 0;
            for (int key = keys - 1; key >= 0; key--) {
                hits += policy.access(key) ? 1 : 0;
            }
            assertTrue(hits <= 50, opener.name() + " hit " + hits + " of 500 keys with room for 50");
            assertTrue(hits > 0, opener.name() + " holds nothing");
        }
    }

    @Test
    void s3Fifo_aScanOfKeysAskedForOnce_leavesTheHotOnes() {
        EvictionPolicy policy = new S3FifoPolicy.Opener().open(100, 10_000);
        for (int pass = 0; pass < 4; pass++) {
            for (int key = 0; key < 50; key++) {
                policy.access(key);
            }
        }
        for (int key = 1000; key < 6000; key++) {
            policy.access(key);
        }
        int hits = 0;
        for (int key = 0; key < 50; key++) {
            hits += policy.access(key) ? 1 : 0;
        }
        assertEquals(50, hits, "a scan passes through the small queue alone");
    }

    @Test
    void run_overAFolder_replaysEveryTraceThroughEveryPolicy() throws IOException {
        try (DataOutputStream out =
                new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(directory.resolve("small.gz"))))) {
            for (int i = 0; i < 1000; i++) {
                out.writeLong(Long.MAX_VALUE - i % 10);
            }
        }
        List<TraceReplay.HitRatio> ratios = TraceReplay.run(directory);
        assertEquals(12, ratios.size(), "3 sizes of 4 policies");
        assertTrue(ratios.stream().allMatch(r -> r.trace().equals("small.gz") && r.ratio() < 1), ratios::toString);
        assertEquals(
                ratios,
                TraceReplay.HitRatio.parse(
                        ratios.stream().map(TraceReplay.HitRatio::line).toList()));
        AccessTrace trace = AccessTrace.read(directory.resolve("small.gz"));
        assertEquals(10, trace.keys());
        assertEquals(0.99, TraceReplay.hitRatio(trace, new LruPolicy.Opener().open(10, 10)), 1e-9);
    }

    @Test
    void pointsBehindTheBest_ofSeveralTraces_isTheWorst() {
        List<TraceReplay.HitRatio> ratios = List.of(
                new TraceReplay.HitRatio("a", 1, "Millrace", 0.50),
                new TraceReplay.HitRatio("a", 1, "LRU", 0.51),
                new TraceReplay.HitRatio("a", 10, "Millrace", 0.60),
                new TraceReplay.HitRatio("a", 10, "LRU", 0.63),
                new TraceReplay.HitRatio("b", 1, "Millrace", 0.70),
                new TraceReplay.HitRatio("b", 1, "CLOCK", 0.65));
        assertEquals(3, TraceReplay.pointsBehindTheBest(ratios), 1e-9);
        assertTrue(Double.isNaN(TraceReplay.pointsBehindTheBest(List.of())));
    }

    private static List<EvictionPolicy.Opener> openers() {
        return List.of(
                new LruPolicy.Opener(),
                new ClockPolicy.Opener(),
                new S3FifoPolicy.Opener(),
                new MillracePolicy.Opener());
    }

    private static void access(EvictionPolicy policy, int... keys) {
        for (int key : keys) {
            policy.access(key);
        }
    }
}
