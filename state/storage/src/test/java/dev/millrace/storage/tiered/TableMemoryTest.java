package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What tables take of memory: within their budgets, and ahead where that is asked for. */
class TableMemoryTest {
    @TempDir
    private Path directory;

    @Test
    void budget_ofAnySizeAndKind_isKeptAndUsed() throws IOException {
        for (Precision precision : Precision.values()) {
            for (long budget : new long[] {2_000, 10_000, 33_333, 100_000}) {
                TableSpec spec = TableSpec.tiered("rows", 64, 1_000_000, budget)
                        .withPrecision(precision)
                        .withTtl(Duration.ofDays(1));
                try (TieredStore store = StoreFixture.open(directory.resolve(precision + "-" + budget), spec)) {
                    TieredTable table = store.table("rows");
                    for (int key = 0; key < 5_000; key++) {
                        table.put(key, StoreFixture.row(key, 0, 8), 0);
                    }
                    TableStat.Memory memory = table.stat().memory();
                    assertTrue(memory.taken() <= budget, memory::toString);
                    // The queue for what was evicted grows by doubling.
                    assertTrue(memory.taken() > 0.7 * budget, memory::toString);
                    assertEquals(8 * memory.rows().marks(), memory.rows().homes());
                }
            }
        }
    }

    @Test
    void budget_forLessThanARow_isRefusedWithWhatIsNeeded() {
        MillraceException refused = assertThrows(
                MillraceException.class,
                () -> StoreFixture.open(directory, TableSpec.tiered("rows", 256, 100, 300))
                        .close());
        assertTrue(refused.getMessage().contains("it must hold 1, which takes"), refused.getMessage());
    }

    /** Of rows of one size and of many. */
    @Test
    void budget_thatIsTooSmallForATableThatIsThere_isRefusedAndLeavesNoThreads() throws IOException {
        StoreFixture.open(
                        directory,
                        TableSpec.tiered("rows", 256, 100, 30_000),
                        TableSpec.values("values", 256, 100, 1 << 20))
                .close();
        for (TableSpec tooSmall :
                List.of(TableSpec.tiered("rows", 256, 100, 300), TableSpec.values("values", 256, 100, 300))) {
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            BrokenRings rings = new BrokenRings();
            MillraceException refused = assertThrows(
                    MillraceException.class,
                    () -> StoreFixture.open(directory, tooSmall).close());
            assertEquals(ErrorCode.INVALID_REQUEST, refused.code());
            assertTrue(refused.getMessage().contains("budget of 300 bytes"), refused.getMessage());
            List<String> left = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !before.contains(thread))
                    .map(Thread::getName)
                    .filter(name -> name.equals("store-log") || name.equals("store-promote"))
                    .toList();
            assertEquals(List.of(), left);
            assertEquals(0, rings.open());
        }
    }

    @Test
    void mostBytes_ofATableWithoutABudget_isWhatItsRowsTakeWithAllThatBelongsToThem() {
        long most = TableSpec.pinned("rows", 256, 1_000).mostBytes();
        assertTrue(most >= 1_001 * (256 + 8 + 1), () -> "only " + most);
        assertTrue(most < 1_100 * (256 + 8 + 1), () -> "as much as " + most);
    }

    @Test
    @Timeout(60)
    void preTouch_ofPinnedTables_isDoneBeforeTheStoreIsWarmAndSaysSo() throws IOException {
        TableSpec pinned =
                new TableSpec("pinned", 256, 1_000_000, Placement.PINNED, Precision.EXACT, 8 << 20, Duration.ZERO);
        TableSpec tiered = TableSpec.tiered("tiered", 256, 1_000_000, 8 << 20);
        TableSpec unbounded = TableSpec.pinned("unbounded", 256, 1_000_000);
        for (PreTouch asked : PreTouch.values()) {
            StoreConfig config = StoreFixture.SMALL.withPreTouch(asked);
            List<TableSpec> specs = List.of(pinned, tiered, unbounded);
            Path place = directory.resolve(asked.name());
            TieredStore.open(place, config, specs).close();
            try (TieredStore store = TieredStore.open(place, config, specs)) {
                while (!store.stat().warm()) {
                    Thread.onSpinWait();
                }
                assertCommitted(asked != PreTouch.NONE, store.table("pinned"));
                assertCommitted(asked == PreTouch.ALL, store.table("tiered"));
                assertCommitted(false, store.table("unbounded"));
                store.table("pinned").put(1, StoreFixture.row(1, 1, 32), 0);
                assertEquals(1, StoreFixture.version(store.table("pinned"), 1));
            }
        }
    }

    private static void assertCommitted(boolean expected, TieredTable table) {
        TableStat.Memory memory = table.stat().memory();
        if (expected) {
            assertTrue(memory.committed() > 0.8 * memory.budget(), memory::toString);
            assertTrue(memory.committed() <= memory.budget(), memory::toString);
        } else {
            assertEquals(0, memory.committed(), memory::toString);
        }
    }
}
