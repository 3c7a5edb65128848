package dev.millrace.features.rows;

import dev.millrace.model.UserId;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows on their way from a snapshot of an earlier version, which holds them, into tables. Owned by the starting thread. */
public final class ImportedRows {
    private final Set<FeatureTable> tables;
    private final Map<FeatureTable, List<long[]>> rows = new EnumMap<>(FeatureTable.class);
    private final Map<FeatureTable, List<Integer>> ordinals = new EnumMap<>(FeatureTable.class);

    /** Whose the rows of users are. */
    private final Map<FeatureTable, List<UserId>> owners = new EnumMap<>(FeatureTable.class);

    /** @param tables all of whose rows the snapshot holds */
    public ImportedRows(Set<FeatureTable> tables) {
        this.tables = Set.copyOf(tables);
    }

    public Set<FeatureTable> tables() {
        return tables;
    }

    /** Keeps a row; its stamp is set when it goes into the table. */
    public void add(FeatureTable table, int ordinal, long[] row) {
        ordinals.computeIfAbsent(table, _ -> new ArrayList<>()).add(ordinal);
        rows.computeIfAbsent(table, _ -> new ArrayList<>()).add(row);
    }

    /** Keeps the row of a user. */
    public void add(FeatureTable table, int ordinal, UserId owner, long[] row) {
        add(table, ordinal, row);
        owners.computeIfAbsent(table, _ -> new ArrayList<>()).add(owner);
    }

    /** Writes all rows as of an offset. */
    void writeTo(FeatureTables into, long offset) {
        rows.forEach((table, list) -> {
            List<Integer> keys = ordinals.getOrDefault(table, List.of());
            List<UserId> whose = owners.getOrDefault(table, List.of());
            WordRoom room = new WordRoom(table);
            for (int i = 0; i < list.size(); i++) {
                if (table.isPersonal()) {
                    room.take(list.get(i));
                    into.values(table).put(keys.get(i), whose.get(i), room, offset);
                } else {
                    into.rows(table).put(keys.get(i), list.get(i), offset);
                }
            }
        });
    }
}
