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
import java.util.List;

/**
 * The state as bytes, row by row, and back, section by section; the layout is described in docs/formats/feature-snapshot.md.
 *
 * <p>Equal states give equal bytes. Used by the writer of the state, or before the state has readers.
 */
final class FeatureSnapshot {
    static final String KIND = "features";
    static final int VERSION = 2;
    /** The first that has no counts of items: they are rows in tables. */
    static final int WITHOUT_ROWS = 2;

    static final int OLDEST_VERSION = 1;
    static final List<String> SECTIONS = List.of("topics", "items", "users", "arms");

    private final Catalog catalog;
    private final Users users;
    private final Histories histories;
    private final Counters counters;
    private final ArmCounters arms;
    private final @Nullable ImportedRows imported;
    private final long[] counts = new long[Counters.longsPerItem()];
    private final int[] items;
    private final long[] millis;
    private final byte[] actions;

    /** @param version which is read; the present one is written */
    FeatureSnapshot(FeatureState state, int version) {
        this.imported = version < WITHOUT_ROWS ? new ImportedRows() : null;
        this.catalog = state.catalog();
        this.users = state.users();
        this.histories = state.histories();
        this.counters = state.counters();
        this.arms = state.arms();
        this.items = new int[histories.capacity()];
        this.millis = new long[items.length];
        this.actions = new byte[items.length];
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
            if (in.readBoolean()) {
                catalog.upsert(new Item(
                        id,
                        SnapshotValues.readText(in),
                        SnapshotValues.readTexts(in),
                        SnapshotValues.readAttributes(in),
                        SnapshotValues.readInstant(in),
                        in.readBoolean()));
            }
            if (imported != null) {
                readCounts(item, in, imported);
            }
        }
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
        out.writeBoolean(id != null);
        if (id == null) {
            return;
        }
        SnapshotValues.writeText(out, id.value());
        User content = users.user(user);
        out.writeBoolean(content != null);
        if (content != null) {
            SnapshotValues.writeAttributes(out, content.attributes());
        }
        int count = histories.read(user, items, millis, actions);
        out.writeInt(count);
        for (int i = 0; i < count; i++) {
            out.writeInt(items[i]);
            out.writeByte(actions[i]);
            out.writeLong(millis[i]);
        }
        writeSeen(user, out);
        writeUserTopics(user, out);
    }

    private void writeSeen(int user, DataOutput out) throws IOException {
        SeenRings seen = histories.seen();
        out.writeInt(seen.count(user));
        for (int i = 0; i < seen.count(user); i++) {
            out.writeInt(seen.oldest(user, i));
        }
    }

    private void writeUserTopics(int user, DataOutput out) throws IOException {
        UserTopics topics = counters.userTopics();
        out.writeInt(topics.count(user));
        out.writeLong(topics.time(user));
        for (int i = 0; i < topics.count(user); i++) {
            out.writeLong(topics.entry(user, i));
        }
    }

    private void readUsers(DataInput in) throws IOException {
        int size = in.readInt();
        for (int i = 0; i < size; i++) {
            histories.ensure(i + 1);
            counters.ensureUsers(i + 1);
            if (in.readBoolean()) {
                readUser(in);
            } else {
                users.addDeleted();
            }
        }
    }

    private void readUser(DataInput in) throws IOException {
        UserId id = new UserId(SnapshotValues.readText(in));
        int user = users.add(id);
        if (in.readBoolean()) {
            users.set(user, new User(id, SnapshotValues.readAttributes(in)));
        }
        int actions = in.readInt();
        for (int i = 0; i < actions; i++) {
            int item = in.readInt();
            ActionType type = ActionType.ofCode(in.readByte());
            histories.add(user, item, type, EventTime.secondsOfMillis(in.readLong()));
        }
        int seen = in.readInt();
        for (int i = 0; i < seen; i++) {
            histories.addSeen(user, in.readInt());
        }
        long[] topics = new long[in.readInt()];
        long time = in.readLong();
        for (int i = 0; i < topics.length; i++) {
            topics[i] = in.readLong();
        }
        counters.userTopics().restore(user, time, topics);
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
