package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.StoreLog;
import dev.millrace.storage.segment.StoredRow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** What tables there are, as records of a table of its own, so that segments alone tell it. Stateless. */
final class Catalog {
    /** The id of the table that tells of tables. */
    static final int TABLE = 0;

    private static final String ALIAS = "=";

    private Catalog() {}

    /** A record of the catalogue. */
    sealed interface Entry {
        /** The id of the table that it tells of; 0 for none. */
        int tableId();
    }

    record Table(int id, TableSpec spec) implements Entry {
        @Override
        public int tableId() {
            return id;
        }
    }

    record Dropped(int id) implements Entry {
        @Override
        public int tableId() {
            return id;
        }
    }

    /** @param table the table that the name stands for from now on */
    record Alias(String name, String table) implements Entry {
        @Override
        public int tableId() {
            return 0;
        }
    }

    /** @throws IllegalArgumentException where the record is none that {@link #append} writes */
    static Entry read(StoredRow row) {
        if (row.removal) {
            return new Dropped((int) row.key);
        }
        byte[] bytes = RawMemory.view(row.address, row.length).toArray(ValueLayout.JAVA_BYTE);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.startsWith(ALIAS)) {
            int split = text.indexOf(' ');
            if (split < 0) {
                throw new IllegalArgumentException("\"" + text + "\" names no table");
            }
            return new Alias(text.substring(1, split), text.substring(split + 1));
        }
        return new Table((int) row.key, TableSpec.decode(text));
    }

    static void append(StoreLog log, Entry entry) {
        switch (entry) {
            case Table made -> append(log, made.id(), made.spec().encode());
            case Dropped dropped -> {
                long ignored = log.appendRemoval(TABLE, dropped.id());
            }
            case Alias alias -> append(log, aliasKey(alias.name()), ALIAS + alias.name() + " " + alias.table());
        }
    }

    /** Apart from the ids of tables, which are small. */
    private static long aliasKey(String name) {
        return CellIndex.hash(name.hashCode()) | Long.MIN_VALUE;
    }

    private static void append(StoreLog log, long key, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long ignored = log.append(TABLE, key, 0, MemorySegment.ofArray(bytes), 0, bytes.length);
    }
}
