package dev.millrace.server.ingest;

import dev.millrace.features.Catalog;
import dev.millrace.features.UserRow;
import dev.millrace.features.UserRows;
import dev.millrace.model.ActionType;
import dev.millrace.model.Item;
import dev.millrace.model.UserId;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.recommend.RecommendResponse.DegradedStage;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a user did lately, as callers read it. Thread-safe. */
public final class HistoryReader {
    private static final DegradedStage LATE = new DegradedStage("history", UserRow.WHY_LATE);

    private final UserRows users;
    private final Catalog catalog;

    public HistoryReader(UserRows users, Catalog catalog) {
        this.users = users;
        this.catalog = catalog;
    }

    UserHistory read(UserId id, int user) {
        int[] items = new int[users.historyCapacity()];
        long[] millis = new long[items.length];
        byte[] actions = new byte[items.length];
        UserRow row = users.read(user, users.room());
        int count = row.history(items, millis, actions);
        List<UserHistory.Entry> entries = new ArrayList<>(count);
        for (int i = count - 1; i >= 0; i--) {
            entries.add(entry(items[i], millis[i], actions[i]));
        }
        return new UserHistory(id.value(), entries, row.isLate() ? List.of(LATE) : List.of());
    }

    private UserHistory.Entry entry(int ordinal, long millis, byte action) {
        Item item = catalog.item(ordinal);
        return new UserHistory.Entry(
                catalog.id(ordinal).value(),
                item == null || item.title().isEmpty() ? null : item.title(),
                item == null ? List.of() : item.topics(),
                ActionType.ofCode(action).name().toLowerCase(Locale.ROOT),
                Instant.ofEpochMilli(millis));
    }
}
