package dev.millrace.features.rows;

import dev.millrace.model.UserId;
import dev.millrace.storage.MemoryRowTable;
import dev.millrace.storage.MemoryValueTable;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** Tables that end with the process: for replays that look at the past, and as the reference for those on disk. */
public final class MemoryTables implements FeatureTables {
    private final Map<FeatureTable, FoldedRows> rows = new EnumMap<>(FeatureTable.class);
    private final Map<FeatureTable, FoldedValues> values = new EnumMap<>(FeatureTable.class);

    public MemoryTables() {
        for (FeatureTable table : FeatureTable.values()) {
            int bytes = table.longs() * Long.BYTES;
            if (table.isVariable()) {
                values.put(table, new FoldedValues(new MemoryValueTable(bytes, FeatureTable.MAX_ROWS)));
            } else {
                rows.put(table, new FoldedRows(table.longs(), new MemoryRowTable(bytes, FeatureTable.MAX_ROWS)));
            }
        }
    }

    @Override
    public FoldedRows rows(FeatureTable table) {
        FoldedRows found = rows.get(table);
        if (found == null) {
            throw new IllegalStateException("no rows for " + table);
        }
        return found;
    }

    @Override
    public FoldedValues values(FeatureTable table) {
        FoldedValues found = values.get(table);
        if (found == null) {
            throw new IllegalStateException("no values for " + table);
        }
        return found;
    }

    @Override
    public @Nullable PersonalCipher cipher() {
        return null;
    }

    @Override
    public boolean reachBack(long offset, Set<FeatureTable> of) {
        return false;
    }

    @Override
    public void settle(long offset, @Nullable ImportedRows imported, IntFunction<@Nullable UserId> users)
            throws IOException {
        if (imported != null) {
            imported.writeTo(this, offset);
        } else if (offset != 0) {
            throw new IOException("tables in memory hold nothing of offset " + offset);
        }
    }

    /** Puts a row as it was elsewhere, its stamp included. Before the first event. */
    public void load(FeatureTable table, int ordinal, WordRoom row) {
        if (table.isVariable()) {
            values(table).load(ordinal, row);
        } else {
            rows(table).load(ordinal, row);
        }
    }

    /** Nothing: what ends with the process is not gone back to. */
    @Override
    public void keepAsOf(long offset) {}
}
