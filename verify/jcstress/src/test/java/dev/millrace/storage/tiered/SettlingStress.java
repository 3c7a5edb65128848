package dev.millrace.storage.tiered;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoreLog;
import dev.millrace.storage.segment.StoreLogConfig;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Tables as a start finds them, an index and a delta that hides what the index says, which are settled in one while they are read and
 * written. Two actors each, since jcstress leaves out what needs more cores than there are. In the package of the tables, since nobody else may make one so.
 */
final class SettlingStress {
    private static final long KEY = 7;
    private static final long OTHER = 8;
    private static final int ROW_BYTES = 128;
    private static final int ABSENT = -1;
    private static final int TORN = -2;

    private SettlingStress() {}

    /** Two versions of both keys' rows on disk, where the tables of all states find them. Goes with the process. */
    private static final class Opened {
        private static final TableSpec SPEC = TableSpec.tiered("rows", ROW_BYTES, 1_000, 64 << 10);
        private static final TieredTable.Shared SHARED = open();
        private static final long[][] PLACES = new long[3][2];

        static {
            TieredTable first = new TieredTable(1, SPEC, SHARED, new View(CellIndex.sizedFor(16)), 0);
            for (int version = 0; version < 2; version++) {
                for (long key : new long[] {KEY, OTHER}) {
                    put(first, key, version);
                    long entry = first.view().index().entry(first.view().find(key));
                    PLACES[version][(int) (key - KEY)] = first.homeOf(entry);
                }
            }
            SHARED.log().awaitWritten();
        }

        private static TieredTable.Shared open() {
            try {
                Path directory = Files.createTempDirectory("millrace-settling");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory), "stress-clean-up"));
                Segments segments = new Segments(directory);
                StoreLog log = new StoreLog(segments, Disk.local(), StoreLogConfig.defaults(), 1, LogEnd.NONE, 1);
                ThreadLocal<ReadScratch> scratches = ThreadLocal.withInitial(() -> new ReadScratch(segments));
                return new TieredTable.Shared(
                        log, segments, scratches, new ReadPool(segments, false), () -> 1, new FoundDamage(), null);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void delete(Path directory) {
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                System.err.println("left behind: " + directory + " (" + e.getMessage() + ")");
            }
        }

        /** The index has version 0 of both keys, the delta version 1, or that the key was removed. */
        static TieredTable table(boolean removed) {
            CellIndex index = CellIndex.sizedFor(4);
            CellIndex changes = CellIndex.sizedFor(4);
            for (long key : new long[] {KEY, OTHER}) {
                int i = (int) (key - KEY);
                index.set(index.find(key, index.home(key)), key, CellIndex.next(0, false, PLACES[0][i]));
                long changed = removed && key == KEY ? -1 : PLACES[1][i];
                changes.set(changes.find(key, changes.home(key)), key, CellIndex.next(0, false, changed));
            }
            View view = new View(index, null, List.of(new Delta(changes, null, true)));
            return new TieredTable(1, SPEC, SHARED, view, removed ? 3 : 4);
        }
    }

    private static void put(TieredTable table, long key, int version) {
        long[] row = new long[ROW_BYTES / Long.BYTES];
        Arrays.fill(row, key << 8 | version);
        table.put(key, MemorySegment.ofArray(row), 0);
    }

    private static int get(TieredTable table, long key) {
        MemorySegment row = MemorySegment.ofArray(new long[ROW_BYTES / Long.BYTES]);
        return table.get(key, row, 0) ? version(key, row, 0) : ABSENT;
    }

    private static int version(long key, MemorySegment rows, long offset) {
        long first = rows.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        for (long at = Long.BYTES; at < ROW_BYTES; at += Long.BYTES) {
            if (rows.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + at) != first) {
                return TORN;
            }
        }
        return first >>> 8 == key ? (int) first & 0xFF : TORN;
    }

    /** Cells are copied one by one, so that every order of copying, writing and reading is met. */
    private static void settle(TieredTable table) {
        settleSome(table, Integer.MAX_VALUE);
    }

    private static void settleSome(TieredTable table, int cells) {
        for (int i = 0; i < cells && !table.view().isSettled(); i++) {
            table.lock().lock();
            try {
                if (!table.view().isSettled()) {
                    table.growIndex(1);
                }
            } finally {
                table.lock().unlock();
            }
        }
    }

    /** What the index says is hidden before, while and after it is settled. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the row of the delta")
    @Outcome(expect = FORBIDDEN, desc = "the row that the delta hides, torn, or gone")
    @State
    public static class ReadWhileSettled {
        private final TieredTable table = Opened.table(false);

        @Actor
        public void settler() {
            settle(table);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = get(table, KEY);
            result.r2 = get(table, KEY);
        }
    }

    /** The row is replaced half-way, wherever its cell is then. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "1, 2", "2, 2"},
            expect = ACCEPTABLE,
            desc = "the row of the delta, or what was written since")
    @Outcome(expect = FORBIDDEN, desc = "the row that the delta hides, torn, gone, or backwards")
    @State
    public static class WrittenWhileSettled {
        private final TieredTable table = Opened.table(false);

        @Actor
        public void writer() {
            settleSome(table, 1 + (int) (System.nanoTime() & 15));
            put(table, KEY, 2);
            settle(table);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = get(table, KEY);
            result.r2 = get(table, KEY);
        }
    }

    /** A write is neither lost nor counted twice, whenever it comes. */
    @JCStressTest
    @Outcome(id = "2, 1, 2", expect = ACCEPTABLE, desc = "what was written, what was not, and two rows")
    @Outcome(expect = FORBIDDEN, desc = "a write that was lost, or rows counted wrong")
    @State
    public static class LastWrite {
        private final TieredTable table = Opened.table(false);

        @Actor
        public void settler() {
            settle(table);
        }

        @Actor
        public void writer() {
            put(table, KEY, 3);
            put(table, KEY, 2);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r1 = get(table, KEY);
            result.r2 = get(table, OTHER);
            result.r3 = (int) table.size();
        }
    }

    /** A key that the delta says was removed is put again, one that it has is removed. */
    @JCStressTest
    @Outcome(id = "2, -1, 1", expect = ACCEPTABLE, desc = "as written, as removed, and one row")
    @Outcome(expect = FORBIDDEN, desc = "the row of the index back again, a lost change, or rows counted wrong")
    @State
    public static class RemovedAndPut {
        private final TieredTable table = Opened.table(true);

        @Actor
        public void settler() {
            settle(table);
        }

        @Actor
        public void writer() {
            put(table, KEY, 2);
            table.remove(OTHER);
        }

        @Arbiter
        public void after(III_Result result) {
            result.r1 = get(table, KEY);
            result.r2 = get(table, OTHER);
            result.r3 = (int) table.size();
        }
    }

    /** A key that the delta says was removed stays so, while and after the two are settled. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "absent")
    @Outcome(expect = FORBIDDEN, desc = "the row of the index back again")
    @State
    public static class RemovedBefore {
        private final TieredTable table = Opened.table(true);

        @Actor
        public void settler() {
            settle(table);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = get(table, KEY);
            result.r2 = get(table, KEY);
        }
    }

    /** A batch finds its rows in the delta, or in the settled index. */
    @JCStressTest
    @Outcome(id = "[12], 1, 2", expect = ACCEPTABLE, desc = "one whole version of each")
    @Outcome(expect = FORBIDDEN, desc = "the row that the delta hides, torn, or gone")
    @State
    public static class BatchWhileSettled {
        private final TieredTable table = Opened.table(false);

        @Actor
        public void settler() {
            settleSome(table, 1 + (int) (System.nanoTime() & 15));
            put(table, KEY, 2);
            settle(table);
        }

        @Actor
        public void reader(III_Result result) {
            MemorySegment rows = MemorySegment.ofArray(new long[2 * ROW_BYTES / Long.BYTES]);
            result.r3 = table.getBatch(new long[] {KEY, OTHER}, 2, rows, 0, new boolean[2]);
            result.r1 = version(KEY, rows, 0);
            result.r2 = version(OTHER, rows, ROW_BYTES);
        }
    }
}
