package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;

class ItemTopicsTest {
    private final ItemTopics topics = new ItemTopics(2);

    private static Item item(String id, String... topics) {
        return new Item(new ItemId(id), "", List.of(topics), Map.of(), Instant.EPOCH, true);
    }

    @Test
    void list_thatNoItemHasAnyMore_isDropped() {
        topics.upsert(item("a", "x", "y"));
        topics.upsert(item("b", "x", "y"));
        assertEquals(1, topics.listCount());
        topics.upsert(item("a", "z"));
        assertEquals(2, topics.listCount());
        topics.delete(new ItemId("b"));
        assertEquals(1, topics.listCount());
        assertEquals(List.of("z"), topics.of(new ItemId("a")));
        topics.delete(new ItemId("a"));
        assertEquals(0, topics.listCount());
    }

    @Test
    void id_ofAKnownItem_isTheSameInstanceEachTime() {
        Item first = item("a", "x");
        topics.upsert(first);
        topics.upsert(item("a", "y"));
        assertSame(first.id(), topics.shared(new ItemId("a")));
        topics.upsert(item("b"));
        topics.upsert(item("c", "beyond the bound"));
        assertEquals(List.of(), topics.of(new ItemId("c")));
        assertEquals(new ItemId("c"), topics.shared(new ItemId("c")));
    }
}
