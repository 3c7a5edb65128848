package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.DirectoryColdStore;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.ColdTierConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

class StoreCommandTest {
    @TempDir
    private Path data = Path.of("");

    private Path directory = Path.of("");

    @BeforeEach
    void write() throws IOException {
        directory = data.resolve("store");
        TableSpec rows = TableSpec.tiered("rows", 16, 1_000, 100_000);
        try (TieredStore store = TieredStore.open(directory, StoreConfig.defaults(), List.of(rows))) {
            for (int version = 1; version <= 3; version++) {
                for (int key = 0; key < 50; key++) {
                    store.table("rows").put(key, MemorySegment.ofArray(new long[] {key, version}), 0);
                }
            }
        }
        TieredStore.open(directory, StoreConfig.defaults(), List.of()).close();
    }

    private Path segment() {
        return directory.resolve("0000000000000001.log");
    }

    @Test
    void verify_wholeStore_isOk() {
        CommandRun run = CommandRun.of("store", "verify", directory.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("151 records in 1 segments"), run.out());
    }

    @Test
    void verifyAndStat_storeWithAColdTier_readItAndNameWhatIsDamaged() throws IOException {
        Path objects = Files.createDirectory(data.resolve("objects"));
        Path at = data.resolve("with-cold");
        fillWithCold(at, objects);
        CommandRun refused = CommandRun.of("store", "stat", at.toString());
        assertEquals(ExitCode.FAILED, refused.exitCode(), refused.out());
        assertTrue(refused.err().contains("cold store"), refused.err());
        CommandRun stat = CommandRun.of("store", "stat", at.toString(), "--cold", objects.toString());
        assertEquals(ExitCode.OK, stat.exitCode(), stat.err());
        assertTrue(stat.out().contains("in the cold tier as "), stat.out());
        CommandRun verified = CommandRun.of("store", "verify", at.toString(), "--cold", objects.toString());
        assertEquals(ExitCode.OK, verified.exitCode(), verified.out());
        assertTrue(verified.out().contains("lie in the cold tier, and were read"), verified.out());
        flipOneBit(objects);
        CommandRun damaged = CommandRun.of("store", "verify", at.toString(), "--cold", objects.toString());
        assertEquals(ExitCode.FAILED, damaged.exitCode(), damaged.out());
        assertTrue(damaged.out().contains("has a wrong checksum"), damaged.out());
    }

    /** The store's own agent moves segments; checkpoints let their files go. */
    private static void fillWithCold(Path at, Path objects) throws IOException {
        TableSpec rows = TableSpec.tiered("rows", 256, 10_000, 100_000);
        StoreLogConfig small = new StoreLogConfig(64 << 10, 64 << 10, Duration.ofMillis(1), Duration.ofSeconds(5));
        try (ColdStore cold = DirectoryColdStore.open(objects)) {
            StoreConfig config = StoreConfig.defaults()
                    .withLog(small)
                    .withCold(ColdTierConfig.of(cold).withOlderThan(Duration.ZERO));
            try (TieredStore store = TieredStore.open(at, config, List.of(rows))) {
                for (int key = 0; key < 1_000; key++) {
                    store.table("rows").put(key, MemorySegment.ofArray(new long[32]), 0);
                }
                long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (cold.list("").isEmpty() && System.nanoTime() < end) {
                    store.checkpoint();
                }
            }
        }
    }

    private static void flipOneBit(Path objects) throws IOException {
        Path object;
        try (Stream<Path> files = Files.walk(objects)) {
            object = files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(object);
        bytes[5_000] ^= 1;
        Files.write(object, bytes);
    }

    @Test
    void verify_damagedStore_namesFileAndByte() throws IOException {
        byte[] bytes = Files.readAllBytes(segment());
        bytes[5_000] ^= 1;
        Files.write(segment(), bytes);
        CommandRun run = CommandRun.of("store", "verify", directory.toString());
        assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
        assertTrue(run.out().contains("0000000000000001.log at byte 49"), run.out());
    }

    @Test
    void verify_folderWithoutStore_saysSoAndMakesNone() {
        Path empty = data.resolve("mistyped");
        for (String command : new String[] {"verify", "stat", "compact"}) {
            CommandRun run = CommandRun.of("store", command, empty.toString());
            assertEquals(ExitCode.FAILED, run.exitCode(), run.out());
            assertTrue(run.err().contains("holds no store"), run.err());
            assertFalse(Files.exists(empty));
        }
    }

    @Test
    void stat_andCompact_tellOfTablesAndSegments() {
        CommandRun stat = CommandRun.of("store", "stat", directory.toString());
        assertEquals(ExitCode.OK, stat.exitCode(), stat.err());
        assertTrue(stat.out().contains("rows: 50 rows"), stat.out());
        assertTrue(stat.out().contains("Rows that are not in memory are read "), stat.out());
        CommandRun compact = CommandRun.of("store", "compact", directory.toString(), "--json");
        assertEquals(ExitCode.OK, compact.exitCode(), compact.err());
        assertTrue(compact.out().contains("\"bytesBefore\""), compact.out());
        assertEquals(
                ExitCode.OK,
                CommandRun.of("store", "verify", directory.toString()).exitCode());
    }

    @Test
    void compact_byAFile_packsAllAndKeepsEveryRow() throws IOException {
        Path sets = data.resolve("sets.txt");
        Files.writeString(sets, "1 11 21 31 41\n2 12 22 32 42\n");
        CommandRun run = CommandRun.of("store", "compact", directory.toString(), "--by", "rows=" + sets, "--json");
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(
                run.out().contains("\"segmentsPacked\" : 1") || run.out().contains("\"segmentsPacked\":1"), run.out());
        CommandRun stat = CommandRun.of("store", "stat", directory.toString());
        assertTrue(stat.out().contains("rows: 50 rows"), stat.out());
        assertTrue(stat.out().contains(".pack: "), stat.out());
        assertEquals(
                ExitCode.OK,
                CommandRun.of("store", "verify", directory.toString()).exitCode());
    }

    @Test
    void compact_byWhatCannotBeUsed_saysWhy() throws IOException {
        Path sets = data.resolve("sets.txt");
        Files.writeString(sets, "1 two\n");
        CommandRun word = CommandRun.of("store", "compact", directory.toString(), "--by", "rows=" + sets);
        assertEquals(ExitCode.FAILED, word.exitCode());
        assertTrue(word.err().contains("line 1: 'two' is not a key"), word.err());
        Files.writeString(sets, "1 2\n");
        CommandRun table = CommandRun.of("store", "compact", directory.toString(), "--by", "row=" + sets);
        assertEquals(ExitCode.FAILED, table.exitCode());
        assertTrue(table.err().contains("there is no table row"), table.err());
        CommandRun nothing = CommandRun.of("store", "compact", directory.toString(), "--by", "rows");
        assertEquals(ExitCode.USAGE, nothing.exitCode());
        assertTrue(nothing.err().contains("--by rows: give TABLE=FILE"), nothing.err());
    }

    @Test
    void compact_byTwoFilesOfOneTable_isRefusedBeforeAnythingIsDone() throws IOException {
        Path sets = data.resolve("sets.txt");
        Files.writeString(sets, "1 11 21 31 41\n");
        CommandRun run = CommandRun.of(
                "store", "compact", directory.toString(), "--by", "rows=" + sets, "--by", "rows=" + data.resolve("b"));
        assertEquals(ExitCode.USAGE, run.exitCode(), run.out());
        assertTrue(run.err().contains("names table rows twice"), run.err());
        CommandRun stat = CommandRun.of("store", "stat", directory.toString());
        assertFalse(stat.out().contains(".pack: "), stat.out());
    }

    @Test
    void export_ofValuesOfVariableSize_writesEachWithItsOwnLength() throws IOException {
        TableSpec values = TableSpec.values("values", 100, 10, 1 << 20);
        try (TieredStore store = TieredStore.open(directory, StoreConfig.defaults(), List.of(values))) {
            long ignored = store.values("values").put(1, MemorySegment.ofArray(new byte[] {1, 2, 3}), 0, 3);
            ignored = store.values("values").put(2, MemorySegment.ofArray(new byte[0]), 0, 0);
        }
        Path to = data.resolve("values.jsonl");
        CommandRun run =
                CommandRun.of("store", "export", directory.toString(), "--table", "values", "--to", to.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("2 rows of 0 to 100 bytes"), run.out());
        List<String> lines = Files.readAllLines(to);
        assertEquals(2, lines.size());
        assertTrue(lines.contains("{\"key\":1,\"row\":\"AQID\"}"), lines::toString);
        assertTrue(lines.contains("{\"key\":2,\"row\":\"\"}"), lines::toString);
    }

    @Test
    void export_writesEveryRowOnce() throws IOException {
        Path to = data.resolve("rows.jsonl");
        CommandRun run =
                CommandRun.of("store", "export", directory.toString(), "--table", "rows", "--to", to.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        List<String> lines = Files.readAllLines(to);
        assertEquals(50, lines.size());
        assertTrue(lines.contains("{\"key\":7,\"row\":\"BwAAAAAAAAADAAAAAAAAAA==\"}"), lines::toString);
        CommandRun again =
                CommandRun.of("store", "export", directory.toString(), "--table", "rows", "--to", to.toString());
        assertEquals(ExitCode.FAILED, again.exitCode());
        assertTrue(again.err().contains("is there already"), again.err());
    }

    @Test
    void export_ofAPersonalTable_needsTheKeysAndLeavesErasedRowsOut() throws IOException {
        Path store = data.resolve("personal");
        Path keys = data.resolve("keys");
        Path master = data.resolve("master");
        TableSpec notes = TableSpec.tiered("notes", 16, 1_000, 100_000).asPersonal();
        try (KeyTable table = KeyTable.open(keys, List.of(MasterKey.createFile(master)), Clock.system());
                TieredStore opened =
                        TieredStore.open(store, StoreConfig.defaults().withKeys(table), List.of(notes))) {
            opened.table("notes").put(1, MemorySegment.ofArray(new long[] {1, 7}), 0);
            opened.table("notes").put(2, MemorySegment.ofArray(new long[] {2, 7}), 0);
            assertTrue(table.drop(SubjectId.of(2)).hadKey());
        }
        CommandRun without = CommandRun.of("store", "stat", store.toString());
        assertEquals(ExitCode.FAILED, without.exitCode());
        assertTrue(without.err().contains("--keys DIR and --master-key FILE"), without.err());
        CommandRun keysAlone = CommandRun.of("store", "stat", store.toString(), "--keys", keys.toString());
        assertTrue(keysAlone.err().contains("name its file with --master-key"), keysAlone.err());
        Path to = data.resolve("notes.jsonl");
        CommandRun run = CommandRun.of(
                "store",
                "export",
                store.toString(),
                "--table",
                "notes",
                "--to",
                to.toString(),
                "--keys",
                keys.toString(),
                "--master-key",
                master.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertEquals(List.of("{\"key\":1,\"row\":\"AQAAAAAAAAAHAAAAAAAAAA==\"}"), Files.readAllLines(to));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(to)));
        Files.move(master, keys.resolve("master.key"));
        CommandRun beside = CommandRun.of("store", "stat", store.toString());
        assertEquals(ExitCode.OK, beside.exitCode(), beside.err());
    }
}
