package dev.millrace.training.online;

import dev.millrace.model.Item;
import dev.millrace.model.ItemId;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The topics of the catalogue's items, and one instance of each item's id for all who keep ids. Owned by the learner. */
final class ItemTopics {
    private final int mostItems;
    private final Map<ItemId, Known> byItem = new HashMap<>();
    /** Many items share few topics: each list is kept once, while an item has it. */
    private final Map<List<String>, Shared> lists = new HashMap<>();

    private record Known(ItemId id, Shared list) {}

    private static final class Shared {
        private final List<String> topics;
        private int items;

        Shared(List<String> topics) {
            this.topics = topics;
        }
    }

    ItemTopics(int mostItems) {
        this.mostItems = mostItems;
    }

    /** Beyond the bound, further items have no topics here. */
    void upsert(Item item) {
        Known before = byItem.get(item.id());
        if (before == null && byItem.size() >= mostItems) {
            return;
        }
        Shared list = lists.computeIfAbsent(List.copyOf(item.topics()), Shared::new);
        list.items++;
        byItem.put(item.id(), new Known(before == null ? item.id() : before.id, list));
        if (before != null) {
            release(before.list);
        }
    }

    void delete(ItemId item) {
        Known before = byItem.remove(item);
        if (before != null) {
            release(before.list);
        }
    }

    private void release(Shared list) {
        if (--list.items == 0) {
            lists.remove(list.topics);
        }
    }

    List<String> of(ItemId item) {
        Known known = byItem.get(item);
        return known == null ? List.of() : known.list.topics;
    }

    /** An equal id: that of the catalogue where it is known. Each event brings an id of its own, and to keep them all is dear. */
    ItemId shared(ItemId item) {
        Known known = byItem.get(item);
        return known == null ? item : known.id;
    }

    int listCount() {
        return lists.size();
    }
}
