package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.ImportedRows;
import dev.millrace.model.ActionType;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The state as bytes, row by row, and back, section by section; the layout is described in docs/formats/feature-snapshot.md.
 *
 * <p>Equal states give equal bytes. Used by the writer of the state, or before the state has readers.
 */
final class FeatureSnapshot {
    static final String KIND = "features";
    static final int VERSION = 5;
    /** With the attributes of all users. */
    static final int WITH_ATTRIBUTES = 4;
    /** As that, and users in the clear. */
    static final int PLAIN = 3;
    /** The first, which held what is in tables now. */
    static final int WITH_ROWS = 1;

    static final List<Integer> READABLE = List.of(WITH_ROWS, PLAIN, WITH_ATTRIBUTES, VERSION);

    static final List<String> SECTIONS = List.of("topics", "items", "users", "arms");

    private final Catalog catalog;
    private final Users users;
    private final ArmCounters arms;
    private final @Nullable ImportedRows imported;
    private final boolean hasCounts;
    private final long[] counts = new long[Counters.longsPerItem()];
    private final UserRow userRow;
    private final UserProfile profile = new UserProfile();
    private final SealedUsers sealed;

    /**
     * @param version which is read; the present one is written
     * @param sealed how users stand in it
     */
    FeatureSnapshot(FeatureState state, int version, SealedUsers sealed) {
        Set<FeatureTable> held = EnumSet.allOf(FeatureTable.class);
        held.removeAll(tablesBeside(version));
        this.imported = held.isEmpty() ? null : new ImportedRows(held);
        this.hasCounts = version == WITH_ROWS;
        this.catalog = state.catalog();
        this.users = state.users();
        this.arms = state.arms();
        this.userRow = state.userRows().room();
        this.sealed = sealed;
    }

    /** The tables in the store that a snapshot of this version goes with; the rows of others are in it. */
    static Set<FeatureTable> tablesBeside(int version) {
        return switch (version) {
            case WITH_ROWS -> EnumSet.noneOf(FeatureTable.class);
            case PLAIN, WITH_ATTRIBUTES -> EnumSet.complementOf(EnumSet.of(FeatureTable.USER_ATTRIBUTES));
            default -> EnumSet.allOf(FeatureTable.class);
        };
    }

    /** Rows that were in the snapshot; null where it has none. */
    @Nullable
    ImportedRows imported() {
        return imported;
    }

    void read(String section, DataInput in) throws IOException {
        switch (section) {
            case "topics" -> readTopics(in);
            case "items" -> readItems(in);
            case "users" -> readUsers(in);
            case "arms" -> readArms(in);
            default -> throw new IllegalArgumentException("section " + section + "; expected one of " + SECTIONS);
        }
    }

    void writeTopics(DataOutput out) throws IOException {
        out.writeInt(catalog.topicCount());
        for (int i = 0; i < catalog.topicCount(); i++) {
            SnapshotValues.writeText(out, catalog.topic(i));
        }
    }

    private void readTopics(DataInput in) throws IOException {
        for (String topic : SnapshotValues.readTexts(in)) {
            catalog.restoreTopic(topic);
        }
    }

    void writeItem(int item, DataOutput out) throws IOException {
        SnapshotValues.writeText(out, catalog.id(item).value());
        out.writeLong(catalog.createdMillis(item));
        Item content = catalog.item(item);
        out.writeBoolean(content != null);
        if (content != null) {
            SnapshotValues.writeText(out, content.title());
            SnapshotValues.writeTexts(out, content.topics());
            SnapshotValues.writeAttributes(out, content.attributes());
            SnapshotValues.writeInstant(out, content.created());
            out.writeBoolean(content.available());
        }
    }

    private void readItems(DataInput in) throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            ItemId id = new ItemId(SnapshotValues.readText(in));
            int item = catalog.restore(id, in.readLong());
            Item content = readContent(id, in);
            if (content != null) {
                catalog.upsert(content);
            }
            if (imported != null && hasCounts) {
                readCounts(item, in, imported);
            }
        }
    }

    private static @Nullable Item readContent(ItemId id, DataInput in) throws IOException {
        return in.readBoolean()
                ? new Item(
                        id,
                        SnapshotValues.readText(in),
                        SnapshotValues.readTexts(in),
                        SnapshotValues.readAttributes(in),
                        SnapshotValues.readInstant(in),
                        in.readBoolean())
                : null;
    }

    /**
     * Reads the items of a snapshot without counts one by one, and keeps but their ids.
     *
     * @param items is given those that have content
     * @return the ids by ordinal
     */
    static List<ItemId> readItems(DataInput in, Consumer<Item> items) throws IOException {
        int size = in.readInt();
        List<ItemId> ids = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            ItemId id = new ItemId(SnapshotValues.readText(in));
            ids.add(id);
            long _ = in.readLong();
            Item content = readContent(id, in);
            if (content != null) {
                items.accept(content);
            }
        }
        return ids;
    }

    /** A mask of the counts that are not zero, then these. */
    private void readCounts(int item, DataInput in, ImportedRows into) throws IOException {
        int mask = in.readInt();
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (mask & 1 << i) == 0 ? DecayedCounter.ZERO : in.readLong();
        }
        if (mask != 0) {
            into.add(FeatureTable.ITEM_COUNTS, item, Counters.countsRow(counts));
            into.add(FeatureTable.ITEM_HOURS, item, Counters.hoursRow(counts));
        }
    }

    void writeUser(int user, DataOutput out) throws IOException {
        UserId id = users.id(user);
        if (id == null) {
            out.writeByte(SealedUsers.GONE);
        } else {
            sealed.write(user, id, users.large(user), out);
        }
    }

    private void readUsers(DataInput in) throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            SealedUsers.Known user = sealed.read(i, in);
            int ordinal = user == null ? users.addDeleted() : users.add(user.id());
            if (user != null && user.content() != null) {
                take(ordinal, user.content());
            }
            if (imported != null && hasCounts && sealed.wasThere()) {
                readRow(in);
                if (user != null) {
                    imported.add(
                            FeatureTable.USERS,
                            ordinal,
                            user.id(),
                            userRow.room().copy());
                }
            }
        }
    }

    private void take(int ordinal, User content) {
        boolean fits = imported != null && profile.store(content.attributes());
        if (imported != null) {
            long[] row = profile.room().copy();
            imported.add(FeatureTable.USER_ATTRIBUTES, ordinal, content.id(), row);
        }
        users.large(ordinal, fits ? null : content);
    }

    /** What a snapshot of the first version holds of a user. */
    private void readRow(DataInput in) throws IOException {
        userRow.room().size(0);
        userRow.loaded();
        int actions = in.readInt();
        for (int i = 0; i < actions; i++) {
            int item = in.readInt();
            ActionType type = ActionType.ofCode(in.readByte());
            userRow.addAction(item, type, EventTime.secondsOfMillis(in.readLong()));
        }
        int seen = in.readInt();
        for (int i = 0; i < seen; i++) {
            userRow.addSeen(in.readInt());
        }
        long[] topics = new long[in.readInt()];
        long time = in.readLong();
        for (int i = 0; i < topics.length; i++) {
            topics[i] = in.readLong();
        }
        userRow.restoreTopics(time, topics);
        userRow.stored();
    }

    void writeArms(DataOutput out) throws IOException {
        SnapshotValues.writeTexts(out, arms.arms());
        for (String arm : arms.arms()) {
            for (long count : arms.copy(arm)) {
                out.writeLong(count);
            }
        }
        out.writeInt(arms.recentSize());
        for (RecommendationId recommendation : arms.recent()) {
            SnapshotValues.writeText(out, recommendation.value());
            SnapshotValues.writeText(out, arms.armOf(recommendation));
        }
    }

    private void readArms(DataInput in) throws IOException {
        for (String arm : SnapshotValues.readTexts(in)) {
            long[] copy = new long[2 * ArmCounters.MINUTES];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = in.readLong();
            }
            arms.restore(arm, copy);
        }
        int recent = in.readInt();
        for (int i = 0; i < recent; i++) {
            RecommendationId recommendation = new RecommendationId(SnapshotValues.readText(in));
            arms.served(recommendation, SnapshotValues.readText(in));
        }
    }
}
