package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.personal.ErasureReceipt;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** People who are erased while a part of a mapped index is damaged: what is in memory goes, and they get their receipt. */
class DamagedIndexErasureTest {
    private static final int KEYS = 20_000;
    private static final int ROW_BYTES = 64;
    private static final int BLOCK = 64 << 10;
    private static final TableSpec NOTES =
            TableSpec.tiered("notes", ROW_BYTES, 100_000, 8 << 20).asPersonal();

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // opened before each test
    private KeyTable keys;

    @BeforeEach
    void openKeys() throws IOException {
        keys = KeyTable.open(directory.resolve("keys"), List.of(MasterKey.parse("35".repeat(32))), Clock.system());
    }

    @AfterEach
    void closeKeys() throws IOException {
        keys.close();
    }

    private TieredStore open() throws IOException {
        StoreConfig config = StoreFixture.SMALL.withKeys(keys).withPreTouch(PreTouch.NONE);
        // Without agents, which would settle the index before anybody looks at it.
        TieredStore.Surroundings quiet = new TieredStore.Surroundings(
                TieredStore.Surroundings.system().disk(),
                TieredStore.Surroundings.system().clock(),
                false);
        return TieredStore.open(directory.resolve("store"), config, List.of(NOTES), quiet);
    }

    @Test
    void drop_whileABlockOfTheIndexIsDamaged_takesRowsOutOfMemoryAndGivesTheReceipt() throws IOException {
        fill();
        damageLastBlock();
        try (TieredStore store = open()) {
            TieredTable notes = store.table("notes");
            List<Long> read = readOfIntactBlocks(notes, 50);
            assertEquals(50, notes.stat().residentRows());
            for (long key : read.subList(0, 25)) {
                ErasureReceipt receipt = keys.drop(SubjectId.of(key));
                assertTrue(receipt.hadKey(), receipt::toString);
            }
            assertEquals(25, notes.stat().residentRows());
            assertFalse(notes.view().isSettled(), "an erasure settles nothing");
            for (long key : read) {
                assertEquals(read.indexOf(key) >= 25, holds(notes, key), "key " + key);
            }
            long lost = keyOfTheDamagedBlock(notes);
            assertThrows(MillraceException.class, () -> holds(notes, lost));
            assertTrue(keys.drop(SubjectId.of(lost)).hadKey(), "the entry cannot be looked at, the key is dropped");
            store.abandon();
        }
    }

    @Test
    void stat_ofAnIndexThatIsNotSettled_saysSoAndSettlesNothing() throws IOException {
        fill();
        try (TieredStore store = open()) {
            TieredTable notes = store.table("notes");
            notes.put(7, row(7), 0);
            TableStat stat = store.stat("notes");
            assertFalse(stat.exact());
            assertTrue(stat.rows() >= KEYS && stat.rows() <= KEYS + 1, stat::toString);
            assertEquals(List.of(stat), store.stat().tables());
            assertFalse(notes.view().isSettled());
            store.settle();
            assertTrue(store.stat("notes").exact());
            assertEquals(KEYS, store.stat("notes").rows());
        }
    }

    private void fill() throws IOException {
        try (TieredStore store = open()) {
            TieredTable notes = store.table("notes");
            for (int key = 0; key < KEYS; key++) {
                notes.put(key, row(key), 0);
            }
        }
    }

    private void damageLastBlock() throws IOException {
        Path index = StoreFixture.files(directory.resolve("store")).stream()
                .filter(file -> file.getFileName().toString().startsWith("table-"))
                .findFirst()
                .orElseThrow();
        try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
            long blocks = (file.length() - 4096) / (BLOCK + Integer.BYTES);
            assertTrue(blocks >= 4, () -> blocks + " blocks");
            file.seek(4096 + blocks * BLOCK - 20);
            int old = file.read();
            file.seek(4096 + blocks * BLOCK - 20);
            file.write(old ^ 1);
        }
    }

    private static List<Long> readOfIntactBlocks(TieredTable notes, int count) {
        List<Long> read = new ArrayList<>();
        CellIndex index = notes.view().index();
        for (long key = 0; read.size() < count; key++) {
            if (index.home(key) < index.end() - 2 * BLOCK) {
                assertTrue(holds(notes, key));
                read.add(key);
            }
        }
        return read;
    }

    private static long keyOfTheDamagedBlock(TieredTable notes) {
        CellIndex index = notes.view().index();
        long key = 0;
        while (index.home(key) < index.end() - BLOCK) {
            key++;
        }
        return key;
    }

    private static boolean holds(TieredTable notes, long key) {
        MemorySegment row = MemorySegment.ofArray(new byte[ROW_BYTES]);
        return notes.get(key, row, 0) && row.mismatch(row(key)) < 0;
    }

    private static MemorySegment row(long key) {
        byte[] row = new byte[ROW_BYTES];
        for (int i = 0; i < ROW_BYTES; i++) {
            row[i] = (byte) (key * 31 + i);
        }
        return MemorySegment.ofArray(row);
    }
}
