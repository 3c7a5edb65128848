package dev.millrace.training.online;

import dev.millrace.features.SequenceRule;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The newest positive actions of the users who were here last, by the rule that serving follows. A user who was not here
 * for long is forgotten, and counts as new. Owned by the learner.
 */
final class RecentActions {
    /** As many as serving keeps of a user. */
    private static final int LENGTH = 64;

    private final Map<UserId, List<ItemId>> byUser;
    private final ItemTopics catalogue;

    /** @param catalogue whose ids are kept */
    RecentActions(int mostUsers, ItemTopics catalogue) {
        this.catalogue = catalogue;
        byUser = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<UserId, List<ItemId>> eldest) {
                return size() > mostUsers;
            }
        };
    }

    void accept(Event.Action action) {
        if (!SequenceRule.extendsSequence(action.type())) {
            return;
        }
        List<ItemId> items = byUser.computeIfAbsent(action.user(), user -> new ArrayList<>());
        if (!items.isEmpty() && items.getLast().equals(action.item())) {
            return;
        }
        if (items.size() == LENGTH) {
            items.removeFirst();
        }
        items.add(catalogue.shared(action.item()));
    }

    /** Takes over what a snapshot says; the users must come in the order in which they were here. */
    void restore(UserId user, List<ItemId> history) {
        List<ItemId> items = byUser.computeIfAbsent(user, _ -> new ArrayList<>());
        for (ItemId item : history.subList(Math.max(0, history.size() - LENGTH), history.size())) {
            items.add(catalogue.shared(item));
        }
    }

    List<ItemId> of(UserId user) {
        List<ItemId> items = byUser.get(user);
        return items == null ? List.of() : List.copyOf(items);
    }

    void forget(UserId user) {
        byUser.remove(user);
    }

    void forgetIf(Predicate<UserId> isGone) {
        byUser.keySet().removeIf(isGone);
    }
}
