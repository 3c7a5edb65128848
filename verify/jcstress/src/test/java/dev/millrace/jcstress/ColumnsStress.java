package dev.millrace.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.millrace.features.columns.IdIndex;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Readers of the numbers of ids. */
final class ColumnsStress {
    private ColumnsStress() {}

    /** Numbers of ids, while two come and one goes between them; the reader asks for the newest first. */
    @JCStressTest
    @Outcome(
            id = {"0, -1, -1", "0, 1, -1", "-1, 1, -1", "-1, 1, 2"},
            expect = ACCEPTABLE,
            desc = "in order")
    @Outcome(expect = FORBIDDEN, desc = "the number of another id, or an id that was there is not found")
    @State
    public static class Ids {
        private final IdIndex<Integer> index = new IdIndex<>();

        public Ids() {
            index.add(10);
        }

        @Actor
        public void writer() {
            index.add(11);
            index.remove(0);
            index.add(12);
        }

        @Actor
        public void reader(III_Result result) {
            result.r3 = index.find(12);
            result.r1 = index.find(10);
            result.r2 = index.find(11);
        }
    }

    /** The index grows while ids are looked up. */
    @JCStressTest
    @Outcome(
            id = {"3, -1", "3, 512"},
            expect = ACCEPTABLE,
            desc = "what was there is found")
    @Outcome(expect = FORBIDDEN, desc = "lost while the index grew")
    @State
    public static class IdsGrown {
        private static final int LAST = 512;

        private final IdIndex<Integer> index = new IdIndex<>();

        public IdsGrown() {
            for (int i = 0; i < LAST; i++) {
                index.add(i);
            }
        }

        @Actor
        public void writer() {
            index.add(LAST);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = index.find(3);
            result.r2 = index.find(LAST);
        }
    }
}
