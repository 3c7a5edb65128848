package dev.millrace.features;

import dev.millrace.features.columns.IdIndex;
import dev.millrace.features.columns.LongColumn;
import dev.millrace.features.columns.ObjectColumn;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The items by dense ordinals, which are never reused: a deleted item keeps its ordinal and gets it back when it returns.
 *
 * <p>One writer (the ingest agent); any thread reads without a lock and without garbage.
 */
public final class Catalog {
    /** Ordinals are kept in 28 bits. */
    static final int MAX_ITEMS = 1 << 28;

    private static final int[] NO_TOPICS = {};

    private final IdIndex<ItemId> ids = new IdIndex<>();
    private final ObjectColumn<Item> items = new ObjectColumn<>();
    private final ObjectColumn<int[]> topicsOfItems = new ObjectColumn<>();
    private final LongColumn created = new LongColumn();
    /** One bit for each item: every source asks for thousands of items in a request, and bits stay in the processor's cache. */
    private final LongColumn available = new LongColumn();

    private final Topics topics = new Topics();
    private volatile int count;
    /** Owned by the writer. */
    private final SharedAttributes attributes = new SharedAttributes();

    Catalog() {}

    /** The item's ordinal, or −1 for an item that no event has named. */
    public int ordinal(ItemId id) {
        return ids.find(id);
    }

    public ItemId id(int item) {
        ItemId id = ids.key(item);
        if (id == null) {
            throw new IndexOutOfBoundsException("item " + item + " of " + ids.size());
        }
        return id;
    }

    /** The item, or null where it was deleted or is known from actions alone. */
    public @Nullable Item item(int item) {
        return items.get(item);
    }

    /** How many ordinals there are, deleted items included. */
    public int size() {
        return ids.size();
    }

    /** How many items there are, without the deleted ones and those known from actions alone. */
    public int count() {
        return count;
    }

    public boolean isAvailable(int item) {
        return (available.getAcquire(item >>> 6) >>> item & 1) != 0;
    }

    public long createdMillis(int item) {
        return created.get(item);
    }

    /** The ordinals of the item's topics, most telling first; shared, so do not change it. */
    public int[] topics(int item) {
        int[] ordinals = topicsOfItems.get(item);
        return ordinals == null ? NO_TOPICS : ordinals;
    }

    public int topicCount() {
        return topics.size();
    }

    public String topic(int topic) {
        return topics.name(topic);
    }

    /** The topic's ordinal, or −1. */
    public int topicOrdinal(String topic) {
        return topics.ordinal(topic);
    }

    int upsert(Item item) {
        int ordinal = ensure(item.id());
        Topics.TopicSet set = topics.intern(item.topics());
        Item kept = new Item(
                id(ordinal),
                item.title(),
                set.names(),
                attributes.of(item.attributes()),
                item.created(),
                item.available());
        if (items.get(ordinal) == null) {
            changeCount(1);
        }
        items.set(ordinal, kept);
        topicsOfItems.set(ordinal, set.ordinals());
        created.set(ordinal, EventTime.millis(item.created()));
        setAvailable(ordinal, item.available());
        return ordinal;
    }

    /** An item that is known from an action alone. */
    int addImplicit(ItemId id, Instant firstSeen, boolean available) {
        if (available) {
            return upsert(new Item(id, "", List.of(), Map.of(), firstSeen, true));
        }
        int ordinal = ensure(id);
        created.set(ordinal, EventTime.millis(firstSeen));
        return ordinal;
    }

    /** An ordinal without content, as a snapshot has it. */
    int restore(ItemId id, long createdMillis) {
        int ordinal = ensure(id);
        created.set(ordinal, createdMillis);
        return ordinal;
    }

    void restoreTopic(String topic) {
        topics.intern(List.of(topic));
    }

    void delete(int item) {
        setAvailable(item, false);
        if (items.get(item) != null) {
            changeCount(-1);
        }
        items.set(item, null);
        topicsOfItems.set(item, null);
    }

    /** Only the writer changes it, so that nothing is lost between reading and writing. */
    private void changeCount(int by) {
        int before = count;
        count = before + by;
    }

    /** After everything else of the item, which whoever sees the bit then sees as well. */
    private void setAvailable(int item, boolean isAvailable) {
        long bit = 1L << item;
        long bits = available.get(item >>> 6);
        available.setRelease(item >>> 6, isAvailable ? bits | bit : bits & ~bit);
    }

    private int ensure(ItemId id) {
        int ordinal = ids.find(id);
        if (ordinal >= 0) {
            return ordinal;
        }
        int next = ids.size();
        if (next >= MAX_ITEMS) {
            throw new IllegalStateException("the catalogue holds " + next + " items, which is its limit");
        }
        items.ensure(next + 1);
        topicsOfItems.ensure(next + 1);
        created.ensure(next + 1);
        available.ensure((next >>> 6) + 1);
        return ids.add(id);
    }
}
