package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Opens a store that the first program of version 1 wrote, before there were values of variable size. */
class StoreFormatTest {
    @TempDir
    private Path directory;

    private Path old() throws IOException, URISyntaxException {
        URL files = Objects.requireNonNull(StoreFormatTest.class.getResource("/store-version-1"));
        Path copy = directory.resolve("store");
        StoreFixture.copy(Path.of(files.toURI()), copy);
        return copy;
    }

    @Test
    void open_ofAnEarlierStore_hasItsTablesRowsAndNames() throws Exception {
        Path store = old();
        assertTrue(StoreInspection.run(store).isWhole());
        requireAsWritten(store);
        requireAsWritten(store);
    }

    @Test
    void open_ofAnEarlierStoreWithoutItsCheckpoint_hasTheSame() throws Exception {
        Path store = old();
        Files.delete(store.resolve("checkpoint-0000000000000001"));
        requireAsWritten(store);
    }

    private static void requireAsWritten(Path directory) throws IOException {
        try (TieredStore store = StoreFixture.open(directory)) {
            assertEquals(TableSpec.tiered("rows", 64, 1_000, 100_000), store.spec("rows"));
            assertEquals(1, StoreFixture.version(store.current("items"), 1));
            TieredTable rows = store.table("rows");
            assertEquals(39, rows.size());
            for (int key = 0; key < 40; key++) {
                int expected = key == 3 ? -1 : key % 4 == 0 ? 2 : 1;
                assertEquals(expected, StoreFixture.version(rows, key), "key " + key);
            }
        }
    }
}
