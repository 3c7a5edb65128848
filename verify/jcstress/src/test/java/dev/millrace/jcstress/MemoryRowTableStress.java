package dev.millrace.jcstress;

import static dev.millrace.jcstress.StressTables.ROW_BYTES;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.millrace.storage.MemoryRowTable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

import java.lang.foreign.MemorySegment;

/** Readers of the reference table in memory. Its index grows all the while, since keys are always new. */
final class MemoryRowTableStress {
    private MemoryRowTableStress() {}

    /** One thread writes at a time; readers do not know of this. */
    private static void put(MemoryRowTable table, long key, int version) {
        synchronized (table) {
            StressTables.put(table, key, version);
        }
    }

    private static void remove(MemoryRowTable table, long key) {
        synchronized (table) {
            table.remove(key);
        }
    }

    /** The second write reuses the slot that the first one freed. */
    @JCStressTest
    @Outcome(id = "[012], [012], 1", expect = ACCEPTABLE, desc = "one whole version each time")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or gone")
    @State
    public static class ReplacedTwice {
        private final MemoryRowTable table = StressTables.memory();
        private final long[] keys = {StressTables.freshKey()};

        public ReplacedTwice() {
            put(table, keys[0], 0);
        }

        @Actor
        public void writer() {
            put(table, keys[0], 1);
            put(table, keys[0], 2);
        }

        @Actor
        public void reader(III_Result result) {
            result.r1 = StressTables.get(table, keys[0]);
            MemorySegment row = MemorySegment.ofArray(new long[ROW_BYTES / Long.BYTES]);
            result.r3 = table.getBatch(keys, 1, row, 0, new boolean[1]);
            result.r2 = StressTables.version(keys[0], row, 0);
        }

        @Arbiter
        public void after(III_Result result) {
            remove(table, keys[0]);
        }
    }

    /** Another key takes the slot of a removed one, and a third the empty cell at which a search ended. */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "-1, -1"},
            expect = ACCEPTABLE,
            desc = "there or removed; the neighbour never")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or under a key that has none")
    @State
    public static class RemovedAndReused {
        private final MemoryRowTable table = StressTables.memory();
        private final long key = StressTables.freshKey();
        private final long absent = StressTables.freshKey();
        private final long neighbour = StressTables.neighbourOf(absent);

        public RemovedAndReused() {
            put(table, key, 0);
        }

        @Actor
        public void writer() {
            remove(table, key);
            put(table, neighbour, 5);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = StressTables.get(table, key);
            result.r2 = StressTables.get(table, absent);
        }

        @Arbiter
        public void after(II_Result result) {
            remove(table, neighbour);
        }
    }
}
