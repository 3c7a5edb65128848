package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.tiered.StoreConfig;
import dev.millrace.storage.tiered.StoreInspection;
import dev.millrace.storage.tiered.TableSpec;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One file of a small store – a log, a packed segment, a checkpoint, an index – is changed; the store is opened and read. */
public final class StoreTarget {
    private static final StoreConfig CONFIG = StoreConfig.defaults()
            .withLog(new StoreLogConfig(64 << 10, 64 << 10, Duration.ZERO, Duration.ofSeconds(5)))
            .withCheckpointBytes(1L << 40);
    private static final int KEYS = 30;
    private static final int LONGS = 8;
    private static final FileSet FILES = FileSet.of(StoreTarget::make);

    private StoreTarget() {}

    private static void make(Path directory) throws IOException {
        try (TieredStore store =
                TieredStore.open(directory, CONFIG, List.of(TableSpec.tiered("rows", LONGS * 8, 1_000, 100_000)))) {
            write(store, 1, 1);
        }
        try (TieredStore store = TieredStore.open(directory, CONFIG, List.of())) {
            write(store, 2, 2);
            store.publish("alias", "rows");
            int ignored = store.pack();
            store.checkpoint();
            write(store, 3, 3);
            store.table("rows").remove(KEYS - 1);
            store.awaitDurable(store.position());
            FileSet.copy(directory, directory.resolveSibling("crashed"));
        }
        FileSet.replace(directory, directory.resolveSibling("crashed"));
    }

    private static void write(TieredStore store, int version, int step) {
        for (long key = 0; key < KEYS; key += step) {
            store.table("rows").put(key, row(key, version), 0);
        }
        store.awaitDurable(store.position());
    }

    private static MemorySegment row(long key, int version) {
        long[] row = new long[LONGS];
        for (int i = 0; i < LONGS; i++) {
            row[i] = key * 31 + version * 1_000_003L + i;
        }
        return MemorySegment.ofArray(row);
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean fit = data.consumeBoolean();
        boolean skipDamage = data.consumeBoolean();
        Path directory = FILES.write(data, (name, whole, bytes) -> {
            if (fit) {
                StoreSeal.fit(name, whole, bytes);
            }
        });
        StoreInspection.Result result = StoreInspection.run(directory);
        try (TieredStore store = TieredStore.open(directory, CONFIG.withSkipDamage(skipDamage), new ArrayList<>())) {
            read(store, fit);
        } catch (MillraceException e) {
            requireDeclared(e);
            if (result.findings().isEmpty() && !fit) {
                throw new AssertionError("the inspection of what may not be opened finds nothing", e);
            }
        }
    }

    /** @param fit whether checksums were made to fit: then rows may be anything */
    private static void read(TieredStore store, boolean fit) {
        TieredTable table;
        try {
            table = store.table("rows");
        } catch (MillraceException e) {
            // Its record is gone.
            return;
        }
        MemorySegment row = MemorySegment.ofArray(new byte[table.rowBytes()]);
        for (long key = 0; key < KEYS; key++) {
            try {
                if (table.get(key, row, 0) && !fit) {
                    requireWritten(key, row);
                }
            } catch (MillraceException e) {
                requireDeclared(e);
            }
        }
    }

    private static void requireWritten(long key, MemorySegment row) {
        int version = (int) ((row.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) - key * 31) / 1_000_003L);
        if (version < 1 || version > 3 || row.mismatch(row(key, version)) >= 0) {
            throw new AssertionError("the row of key " + key + " is none that was written");
        }
    }

    private static void requireDeclared(MillraceException e) {
        if (e.code() != ErrorCode.STORAGE_FAILED && e.code() != ErrorCode.INVALID_REQUEST) {
            throw e;
        }
    }
}
