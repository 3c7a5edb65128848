package dev.millrace.training.online;

import dev.millrace.model.Item;
import dev.millrace.model.ItemId;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The topics of the catalogue's items. Owned by the learner. */
final class ItemTopics {
    private final int mostItems;
    private final Map<ItemId, List<String>> byItem = new HashMap<>();
    /** Many items share few topics: each list is kept once. */
    private final Map<List<String>, List<String>> lists = new HashMap<>();

    ItemTopics(int mostItems) {
        this.mostItems = mostItems;
    }

    /** Beyond the bound, further items have no topics here. */
    void upsert(Item item) {
        if (byItem.size() < mostItems || byItem.containsKey(item.id())) {
            byItem.put(item.id(), lists.computeIfAbsent(List.copyOf(item.topics()), list -> list));
        }
    }

    void delete(ItemId item) {
        byItem.remove(item);
    }

    List<String> of(ItemId item) {
        return byItem.getOrDefault(item, List.of());
    }
}
