package dev.millrace.jcstress;

import static dev.millrace.jcstress.StressTables.ABSENT;
import static dev.millrace.jcstress.StressTables.ROW_BYTES;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.millrace.storage.tiered.TieredTable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

import java.lang.foreign.MemorySegment;

/** Readers of the tiered table's index and slots, against a writer that replaces, removes and adds. */
final class TieredTableStress {
    private TieredTableStress() {}

    /** The second write reuses the slot that the first one freed, while the reader may be copying it. */
    @JCStressTest
    @Outcome(
            id = {"0, 2", "1, 2", "2, 2"},
            expect = ACCEPTABLE,
            desc = "one whole version")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or gone")
    @State
    public static class ReplacedTwice {
        private final TieredTable table = StressTables.roomy();
        private final long key = StressTables.freshKey();

        public ReplacedTwice() {
            StressTables.put(table, key, 0);
        }

        @Actor
        public void writer() {
            StressTables.put(table, key, 1);
            StressTables.put(table, key, 2);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = StressTables.get(table, key);
        }

        @Arbiter
        public void after(II_Result result) {
            result.r2 = StressTables.get(table, key);
            table.remove(key);
        }
    }

    /** Another key takes the slot of a removed one. */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "-1, -1"},
            expect = ACCEPTABLE,
            desc = "there, or removed")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or back again")
    @State
    public static class RemovedAndReused {
        private final TieredTable table = StressTables.roomy();
        private final long key = StressTables.freshKey();
        private final long other = StressTables.freshKey();

        public RemovedAndReused() {
            StressTables.put(table, key, 0);
        }

        @Actor
        public void writer() {
            table.remove(key);
            StressTables.put(table, other, 5);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = StressTables.get(table, key);
        }

        @Arbiter
        public void after(II_Result result) {
            result.r2 = StressTables.get(table, key);
            table.remove(other);
        }
    }

    /** A search ends at an empty cell that another key takes before its entry is read. */
    @JCStressTest
    @Outcome(
            id = {"-1, -1", "-1, 1"},
            expect = ACCEPTABLE,
            desc = "the neighbour is there or not; the key never is")
    @Outcome(expect = FORBIDDEN, desc = "a row under a key that has none")
    @State
    public static class NeighbourAdded {
        private final TieredTable table = StressTables.roomy();
        private final long key = StressTables.freshKey();
        private final long neighbour = StressTables.neighbourOf(key);

        @Actor
        public void writer() {
            StressTables.put(table, neighbour, 1);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = StressTables.get(table, key);
            result.r2 = StressTables.get(table, neighbour);
        }

        @Arbiter
        public void after(II_Result result) {
            table.remove(neighbour);
        }
    }

    /** A batch sees a whole row of each key, none older than one that was there before the batch began. */
    @JCStressTest
    @Outcome(id = "[012], [012], 2", expect = ACCEPTABLE, desc = "one whole version of each")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or gone")
    @State
    public static class BatchWhileReplaced {
        private final TieredTable table = StressTables.roomy();
        private final long[] keys = {StressTables.freshKey(), StressTables.freshKey()};

        public BatchWhileReplaced() {
            StressTables.put(table, keys[0], 0);
            StressTables.put(table, keys[1], 0);
        }

        @Actor
        public void writer() {
            for (int version = 1; version <= 2; version++) {
                StressTables.put(table, keys[0], version);
                StressTables.put(table, keys[1], version);
            }
        }

        @Actor
        public void reader(III_Result result) {
            MemorySegment rows = MemorySegment.ofArray(new long[2 * ROW_BYTES / Long.BYTES]);
            result.r3 = table.getBatch(keys, 2, rows, 0, new boolean[2]);
            result.r1 = StressTables.version(keys[0], rows, 0);
            result.r2 = StressTables.version(keys[1], rows, ROW_BYTES);
        }

        @Arbiter
        public void after(III_Result result) {
            table.remove(keys[0]);
            table.remove(keys[1]);
        }
    }

    /** Bytes and their factor belong together, also in a sum. Versions are signs: +10 and −30. */
    @JCStressTest
    @Outcome(
            id = {"10, 10", "10, -30", "-30, -30"},
            expect = ACCEPTABLE,
            desc = "one whole version, newer ones later")
    @Outcome(expect = FORBIDDEN, desc = "bytes of one version and the factor of another, or backwards")
    @State
    public static class BytesWhileReplaced {
        private static final int DIMENSIONS = ROW_BYTES / Float.BYTES;

        private final TieredTable table = StressTables.bytes();
        private final long[] keys = {StressTables.freshKey()};

        public BytesWhileReplaced() {
            put(10);
        }

        private void put(float value) {
            float[] row = new float[DIMENSIONS];
            for (int d = 0; d < DIMENSIONS; d++) {
                row[d] = d % 2 == 0 ? value : value / 2;
            }
            table.put(keys[0], MemorySegment.ofArray(row), 0);
        }

        @Actor
        public void writer() {
            put(-30);
            put(-30);
        }

        @Actor
        public void reader(II_Result result) {
            float[] sum = new float[DIMENSIONS];
            int rows = table.sum(keys, 1, null, sum);
            result.r1 = rows == 1 ? value(sum) : ABSENT;
            float[] row = new float[DIMENSIONS];
            result.r2 = table.get(keys[0], MemorySegment.ofArray(row), 0) ? value(row) : ABSENT;
        }

        /** The value of the first half of the dimensions, where the others are half of it, as far as bytes tell. */
        private static int value(float[] row) {
            for (int d = 0; d < DIMENSIONS; d++) {
                float expected = d % 2 == 0 ? row[0] : row[0] / 2;
                if (Math.abs(row[d] - expected) > Math.abs(row[0]) / 64) {
                    return StressTables.TORN;
                }
            }
            return Math.round(row[0]);
        }

        @Arbiter
        public void after(II_Result result) {
            table.remove(keys[0]);
        }
    }
}
