package dev.millrace.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.millrace.features.columns.BlockPool;
import dev.millrace.features.columns.IdIndex;
import dev.millrace.features.columns.LongRows;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

import java.util.concurrent.atomic.AtomicInteger;

/** Readers of the columns that features lie in: stamped rows, blocks that are used again, numbers of ids. */
final class ColumnsStress {
    private static final int ROWS = 4096;
    private static final AtomicInteger NEXT_ROW = new AtomicInteger();
    private static final LongRows STAMPED = rows();
    private static final BlockPool POOL = new BlockPool();

    private ColumnsStress() {}

    private static LongRows rows() {
        LongRows rows = new LongRows(4);
        rows.ensure(ROWS);
        return rows;
    }

    /** Columns of a stamped row agree. */
    @JCStressTest
    @Outcome(
            id = {"0, 0, 0", "1, 1, 1", "2, 2, 2"},
            expect = ACCEPTABLE,
            desc = "columns of one write")
    @Outcome(expect = FORBIDDEN, desc = "columns of different writes")
    @State
    public static class StampedRow {
        private final int row = NEXT_ROW.getAndIncrement() & (ROWS - 1);

        public StampedRow() {
            write(0);
        }

        private void write(long value) {
            STAMPED.beginWrite(row);
            for (int column = 1; column <= 3; column++) {
                STAMPED.set(row, column, value);
            }
            STAMPED.endWrite(row);
        }

        @Actor
        public void writer() {
            write(1);
            write(2);
        }

        @Actor
        public void reader(III_Result result) {
            long stamp;
            do {
                stamp = STAMPED.beginRead(row);
                result.r1 = (int) STAMPED.get(row, 1);
                result.r2 = (int) STAMPED.get(row, 2);
                result.r3 = (int) STAMPED.get(row, 3);
            } while (!STAMPED.isUnchanged(row, stamp));
        }
    }

    /** A block that was freed belongs to another row at once. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "2, 2"},
            expect = ACCEPTABLE,
            desc = "the row's own block")
    @Outcome(expect = FORBIDDEN, desc = "half grown, or another's")
    @State
    public static class BlockGrown {
        private static final int HANDLE = 1;

        private final int row = NEXT_ROW.getAndIncrement() & (ROWS - 1);

        public BlockGrown() {
            synchronized (POOL) {
                STAMPED.beginWrite(row);
                POOL.free((int) STAMPED.get(row, HANDLE));
                int block = POOL.allocate(2);
                fill(block, 1);
                STAMPED.set(row, HANDLE, block);
                STAMPED.endWrite(row);
            }
        }

        private static void fill(int block, long value) {
            POOL.set(block, 0, value);
            POOL.set(block, 1, value);
        }

        @Actor
        public void writer() {
            synchronized (POOL) {
                STAMPED.beginWrite(row);
                int larger = POOL.grow((int) STAMPED.get(row, HANDLE), 4);
                fill(larger, 2);
                STAMPED.set(row, HANDLE, larger);
                STAMPED.endWrite(row);
                // What grow() freed is given out again, to somebody else.
                int others = POOL.allocate(2);
                fill(others, 9);
                POOL.free(others);
            }
        }

        @Actor
        public void reader(II_Result result) {
            long stamp;
            do {
                stamp = STAMPED.beginRead(row);
                int block = (int) STAMPED.get(row, HANDLE);
                result.r1 = (int) POOL.get(block, 0);
                result.r2 = (int) POOL.get(block, 1);
            } while (!STAMPED.isUnchanged(row, stamp));
        }
    }

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
