package dev.millrace.benchmarks.store.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.benchmarks.store.engine.OpaqueRows;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

class KeyBatchesTest {
    private static final long SEED = 7;
    private static final int CIRCLE = 4000;

    private final OpaqueRows source = new OpaqueRows(1L << 40, 256);
    private final long[] batch = new long[KeyBatches.BATCH];

    @Test
    void aCircleAsksForTheSameKeysAgain() {
        KeyBatches batches = KeyBatches.uniform(source, SEED);

        int distinct = distinct(batches, 2 * CIRCLE).size();

        assertTrue(distinct <= CIRCLE * KeyBatches.BATCH, distinct + " keys");
    }

    @Test
    void endlessBatchesGoOnDrawing() {
        KeyBatches batches = KeyBatches.uniform(source, SEED).endless();

        int distinct = distinct(batches, 2 * CIRCLE).size();

        assertTrue(distinct > 2 * CIRCLE * KeyBatches.BATCH - 100, distinct + " keys");
    }

    @Test
    void rowsAndKeysAreOfTheSameDraw() {
        KeyBatches byKeys = KeyBatches.zipf(source, 0.99, SEED).endless();
        KeyBatches byRows = KeyBatches.zipf(source, 0.99, SEED).endless();
        long[] rows = new long[KeyBatches.BATCH];

        byKeys.next(batch);
        byRows.nextRows(rows);

        for (int i = 0; i < rows.length; i++) {
            assertEquals(source.key(rows[i]), batch[i]);
        }
    }

    private Set<Long> distinct(KeyBatches batches, int count) {
        Set<Long> seen = new HashSet<>();
        for (int b = 0; b < count; b++) {
            batches.next(batch);
            for (long key : batch) {
                seen.add(key);
            }
        }
        return seen;
    }
}
