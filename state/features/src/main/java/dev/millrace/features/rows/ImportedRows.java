package dev.millrace.features.rows;

import dev.millrace.model.UserId;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Rows on their way from a snapshot that holds them into tables. Owned by the starting thread. */
public final class ImportedRows {
    private final Map<FeatureTable, List<long[]>> rows = new EnumMap<>(FeatureTable.class);
    private final Map<FeatureTable, List<Integer>> ordinals = new EnumMap<>(FeatureTable.class);

    /** Whose the rows of users are. */
    private final List<UserId> owners = new ArrayList<>();

    /** Keeps a row; its stamp is set when it goes into the table. */
    public void add(FeatureTable table, int ordinal, long[] row) {
        ordinals.computeIfAbsent(table, _ -> new ArrayList<>()).add(ordinal);
        rows.computeIfAbsent(table, _ -> new ArrayList<>()).add(row);
    }

    /** Keeps the row of a user. */
    public void addUser(int ordinal, UserId owner, long[] row) {
        add(FeatureTable.USERS, ordinal, row);
        owners.add(owner);
    }

    /** Writes all rows as of an offset. */
    void writeTo(FeatureTables tables, long offset) {
        WordRoom room = new WordRoom();
        rows.forEach((table, list) -> {
            List<Integer> keys = ordinals.getOrDefault(table, List.of());
            for (int i = 0; i < list.size(); i++) {
                if (table.isVariable()) {
                    room.take(list.get(i));
                    tables.users().put(keys.get(i), owners.get(i), room, offset);
                } else {
                    tables.rows(table).put(keys.get(i), list.get(i), offset);
                }
            }
        });
    }
}
