package dev.millrace.server.hold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Configuration;
import dev.millrace.storage.tiered.TableSpec;
import org.junit.jupiter.api.Test;

import java.util.Map;

class StoreSettingsTest {
    private static final int ROW_BYTES = 64 * Float.BYTES;

    /** The ranker has a row of each item, as the model has. */
    @Test
    void rankerVectors_byDefault_haveRoomForAsManyItemsAsTheModel() {
        for (String memory : new String[] {"256m", "1g", "16g"}) {
            StoreSettings settings = of(Map.of("store.memory", memory));
            assertEquals(items(settings.itemVectors()), items(settings.rankerVectors()), memory);
        }
        long ordinary = items(of(Map.of("store.memory", "1g")).rankerVectors());
        assertTrue(ordinary > 800_000, ordinary + " items on a machine of 8 GiB");
    }

    @Test
    void rankerVectors_whereTheStoreIsSmall_haveRoomForOrdinaryCatalogues() {
        long items = items(of(Map.of("store.memory", "1m")).rankerVectors());
        assertTrue(items > 120_000, items + " items");
    }

    @Test
    void rankerVectors_whereTheModelsAreSet_followThem() {
        StoreSettings settings = of(Map.of("store.memory", "256m", "store.item-vectors.memory", "2g"));
        assertEquals(items(settings.itemVectors()), items(settings.rankerVectors()));
    }

    @Test
    void rankerVectors_thatAreSet_areAsTheyAreSet() {
        assertEquals(3L << 20, of(Map.of("store.ranker-vectors.memory", "3m")).rankerVectors());
    }

    @Test
    void tables_byDefault_shareTheStoresMemory() {
        StoreSettings settings = of(Map.of("store.memory", "1g"));
        long tables =
                settings.tables().values().stream().mapToLong(Long::longValue).sum();
        assertEquals(1L << 30, tables + settings.itemVectors());
    }

    private static StoreSettings of(Map<String, String> settings) {
        return StoreSettings.from(Configuration.of(settings));
    }

    /** What the table of one of two models holds. */
    private static long items(long bytes) {
        return TableSpec.inMemory("vectors", ROW_BYTES, 1L << 28, bytes / 2).capacity();
    }
}
