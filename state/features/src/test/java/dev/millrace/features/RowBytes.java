package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.RowBatch;
import dev.millrace.features.rows.WordRoom;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;

/** A state written out, with its rows, to be compared byte for byte. */
final class RowBytes {
    private RowBytes() {}

    static byte[] of(FeatureState state, FeatureTables tables) throws IOException {
        return of(state, tables, List.of(FeatureTable.USERS, FeatureTable.USER_ATTRIBUTES));
    }

    /** With these of the tables of users. */
    static byte[] of(FeatureState state, FeatureTables tables, List<FeatureTable> users) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        // In the clear: encrypted twice, equal states differ.
        FeatureSnapshot snapshot =
                new FeatureSnapshot(state, FeatureSnapshot.VERSION, new SealedUsers(null, state.appliedOffset()));
        snapshot.writeTopics(out);
        for (int item = 0; item < state.catalog().size(); item++) {
            snapshot.writeItem(item, out);
        }
        for (int user = 0; user < state.users().size(); user++) {
            snapshot.writeUser(user, out);
        }
        snapshot.writeArms(out);
        out.writeLong(state.appliedOffset());
        int[] ordinal = new int[1];
        RowBatch row = new RowBatch();
        for (ordinal[0] = 0; ordinal[0] < state.catalog().size(); ordinal[0]++) {
            for (FeatureTable table : List.of(FeatureTable.ITEM_COUNTS, FeatureTable.ITEM_HOURS)) {
                tables.rows(table).read(ordinal, 1, row);
                for (int column = 0; column < table.longs(); column++) {
                    out.writeLong(row.get(0, column));
                }
            }
        }
        for (FeatureTable table : users) {
            WordRoom words = new WordRoom(table);
            for (int user = 0; user < state.users().size(); user++) {
                tables.values(table).read(user, words);
                for (long word : words.copy()) {
                    out.writeLong(word);
                }
            }
        }
        return bytes.toByteArray();
    }

    static float count(FeatureState state, CounterKind kind, int item, long nowMillis) {
        float[] value = new float[1];
        new Moment(state, -1, nowMillis).counts(kind, new int[] {item}, 1, value);
        return value[0];
    }
}
