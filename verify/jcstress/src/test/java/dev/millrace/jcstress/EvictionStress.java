package dev.millrace.jcstress;

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

/** Readers of a table with memory for a handful of rows: what they read is evicted, read from disk, and promoted meanwhile. */
final class EvictionStress {
    private EvictionStress() {}

    /** The row is replaced, then pushed out by others. */
    @JCStressTest
    @Outcome(
            id = {"0, 0, 1", "0, 1, 1", "1, 1, 1"},
            expect = ACCEPTABLE,
            desc = "whole, and never backwards")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, gone, or older than what was seen before")
    @State
    public static class ReplacedAndEvicted {
        private final TieredTable table = StressTables.tight();
        private final long key = StressTables.freshKey();
        private final long other = StressTables.freshKey();

        public ReplacedAndEvicted() {
            StressTables.put(table, key, 0);
        }

        @Actor
        public void writer() {
            StressTables.put(table, key, 1);
            StressTables.put(table, other, 7);
        }

        @Actor
        public void reader(III_Result result) {
            result.r1 = StressTables.get(table, key);
            result.r2 = StressTables.get(table, key);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r3 = StressTables.get(table, key);
            table.remove(key);
            table.remove(other);
        }
    }

    /** What a reader brings from disk must not come back under a key that was removed meanwhile. */
    @JCStressTest
    @Outcome(
            id = {"0, -1", "-1, -1"},
            expect = ACCEPTABLE,
            desc = "there, or removed")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or promoted after it was removed")
    @State
    public static class RemovedWhilePromoted {
        private final TieredTable table = StressTables.tight();
        private final long key = StressTables.freshKey();

        public RemovedWhilePromoted() {
            StressTables.put(table, key, 0);
        }

        @Actor
        public void writer() {
            table.remove(key);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = StressTables.get(table, key);
        }

        @Arbiter
        public void after(II_Result result) {
            result.r2 = StressTables.get(table, key);
        }
    }

    /** Two readers bring the same row from disk, and others out of memory. */
    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "the row")
    @Outcome(expect = FORBIDDEN, desc = "torn, another's, or gone")
    @State
    public static class PromotedByTwo {
        private final TieredTable table = StressTables.tight();
        private final long key = StressTables.freshKey();

        public PromotedByTwo() {
            StressTables.put(table, key, 0);
        }

        @Actor
        public void first(III_Result result) {
            result.r1 = StressTables.get(table, key);
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = StressTables.get(table, key);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r3 = StressTables.get(table, key);
            table.remove(key);
        }
    }
}
