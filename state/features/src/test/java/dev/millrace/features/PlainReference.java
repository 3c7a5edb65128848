package dev.millrace.features;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.Predicate;

/** What every feature means, computed anew from the list of events at each read: the slow truth of the parity tests. */
final class PlainReference {
    private final FeaturesConfig config;
    private final List<Event> events;

    PlainReference(FeaturesConfig config, List<Event> eventsUpToNow) {
        this.config = config;
        this.events = eventsUpToNow;
    }

    double numeric(String feature, UserId user, ItemId item, long nowMillis) {
        FeaturesConfig.HalfLives halfLives = config.halfLives();
        long hour = nowMillis / 1000 / 3600 % 24;
        return switch (feature) {
            case "item_impressions" ->
                itemCount(item, halfLives.views().toSeconds(), nowMillis, is(ActionType.IMPRESSION));
            case "item_clicks" -> itemCount(item, halfLives.views().toSeconds(), nowMillis, is(ActionType.CLICK));
            case "item_long_views" ->
                itemCount(item, halfLives.views().toSeconds(), nowMillis, is(ActionType.LONG_VIEW));
            case "item_likes" -> itemCount(item, halfLives.opinions().toSeconds(), nowMillis, is(ActionType.LIKE));
            case "item_complaints" ->
                itemCount(item, halfLives.opinions().toSeconds(), nowMillis, is(ActionType.COMPLAINT));
            case "item_positives" ->
                itemCount(
                        item,
                        halfLives.positives().toSeconds(),
                        nowMillis,
                        a -> a.type().isPositive());
            case "item_hour_positives" ->
                itemCount(
                        item,
                        halfLives.itemHour().toSeconds(),
                        nowMillis,
                        a -> a.type().isPositive() && a.timestamp().getEpochSecond() / 3600 % 24 == hour);
            case "user_topic_positives" -> userTopics(user, item, nowMillis);
            case "user_topic_met" -> topicsMet(user, item);
            case "item_age_days" -> Math.max(0, nowMillis - createdMillis(item)) / 86_400_000.0;
            case "user_seen_items" -> Math.min(config.seenCapacity(), seenItems(user));
            case "user_history_length" -> sequence(user).size();
            case "hour_of_day" -> hour;
            default -> throw new AssertionError("no reference for " + feature);
        };
    }

    List<String> sequence(UserId user) {
        List<Event.Action> kept = new ArrayList<>();
        for (Event event : events) {
            if (event instanceof Event.UserDeleted deleted && deleted.user().equals(user)) {
                kept.clear();
            } else if (event instanceof Event.Action action
                    && action.user().equals(user)
                    && action.type().isPositive()) {
                if (!kept.isEmpty() && kept.getLast().item().equals(action.item())) {
                    kept.removeLast();
                }
                kept.add(action);
            }
        }
        return kept.subList(Math.max(0, kept.size() - config.historyLength()), kept.size()).stream()
                .map(a -> a.item() + " " + a.type() + " " + a.timestamp().getEpochSecond())
                .toList();
    }

    int[] profile(UserId user, HashedIds ids) {
        Map<String, AttributeValue> attributes = Map.of();
        for (Event event : events) {
            if (event instanceof Event.UserDeleted deleted && deleted.user().equals(user)) {
                attributes = Map.of();
            } else if (event instanceof Event.UserUpserted upserted
                    && upserted.user().id().equals(user)) {
                attributes = upserted.user().attributes();
            }
        }
        return buckets(List.of(), attributes, number -> Double.toString(number), ids);
    }

    int[] itemProfile(ItemId id, HashedIds ids) {
        @Nullable Item item = null;
        for (Event event : events) {
            if (event instanceof Event.ItemDeleted deleted && deleted.item().equals(id)) {
                item = null;
            } else if (event instanceof Event.ItemUpserted upserted
                    && upserted.item().id().equals(id)) {
                item = upserted.item();
            }
        }
        if (item == null) {
            return new int[0];
        }
        List<String> topics = item.topics().stream().distinct().toList();
        return buckets(topics, item.attributes(), number -> (number < 0 ? "-" : "") + Math.getExponent(number), ids);
    }

    private static int[] buckets(
            List<String> topics,
            Map<String, AttributeValue> attributes,
            DoubleFunction<String> numbers,
            HashedIds ids) {
        List<Integer> buckets = new ArrayList<>();
        topics.forEach(topic -> buckets.add(ids.bucket("topic=" + topic)));
        attributes.forEach((name, value) -> {
            List<String> texts = switch (value) {
                case AttributeValue.Text text -> List.of(text.value());
                case AttributeValue.Numeric numeric -> List.of(numbers.apply(numeric.value()));
                case AttributeValue.Flag flag -> List.of(Boolean.toString(flag.value()));
                case AttributeValue.Texts many -> many.values();
            };
            texts.forEach(text -> buckets.add(ids.bucket(name + "=" + text)));
        });
        int[] sorted = buckets.stream().mapToInt(Integer::intValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }

    /** Topics count as they are now, and a deleted item has none. */
    private double topicsMet(UserId user, ItemId item) {
        Map<ItemId, List<String>> topics = new HashMap<>();
        for (Event event : events) {
            if (event instanceof Event.ItemUpserted upserted) {
                topics.put(
                        upserted.item().id(),
                        upserted.item().topics().stream().distinct().toList());
            } else if (event instanceof Event.ItemDeleted deleted) {
                topics.remove(deleted.item());
            }
        }
        Set<ItemId> met = seen(user);
        return topics.getOrDefault(item, List.of()).stream()
                .mapToLong(topic -> met.stream()
                        .filter(one -> topics.getOrDefault(one, List.of()).contains(topic))
                        .count())
                .average()
                .orElse(0);
    }

    private long seenItems(UserId user) {
        return seen(user).size();
    }

    private Set<ItemId> seen(UserId user) {
        Set<ItemId> seen = new HashSet<>();
        for (Event event : events) {
            if (event instanceof Event.UserDeleted deleted && deleted.user().equals(user)) {
                seen.clear();
            } else if (event instanceof Event.Action action && action.user().equals(user)) {
                seen.add(action.item());
            }
        }
        return seen;
    }

    /** Whether the user is known: named by an event after the last deletion. */
    boolean isKnown(UserId user) {
        boolean known = false;
        for (Event event : events) {
            switch (event) {
                case Event.UserDeleted deleted -> known &= !deleted.user().equals(user);
                case Event.UserUpserted upserted ->
                    known |= upserted.user().id().equals(user);
                case Event.Action action -> known |= action.user().equals(user);
                default -> {
                    // Items and slates make no user known.
                }
            }
        }
        return known;
    }

    private double itemCount(ItemId item, long halfLifeSeconds, long nowMillis, Predicate<Event.Action> which) {
        List<Event.Action> counted = new ArrayList<>();
        for (Event event : events) {
            if (event instanceof Event.ItemDeleted deleted && deleted.item().equals(item)) {
                counted.clear();
            } else if (event instanceof Event.Action action && action.item().equals(item) && which.test(action)) {
                counted.add(action);
            }
        }
        return decayed(counted, halfLifeSeconds, nowMillis);
    }

    private double userTopics(UserId user, ItemId item, long nowMillis) {
        Map<ItemId, List<String>> topics = new HashMap<>();
        Map<String, List<Event.Action>> byTopic = new LinkedHashMap<>();
        List<Event.Action> all = new ArrayList<>();
        for (Event event : events) {
            switch (event) {
                case Event.ItemUpserted upserted ->
                    topics.put(
                            upserted.item().id(),
                            upserted.item().topics().stream().distinct().toList());
                case Event.ItemDeleted deleted -> topics.remove(deleted.item());
                case Event.UserDeleted deleted
                when deleted.user().equals(user) -> {
                    byTopic.clear();
                    all.clear();
                }
                case Event.Action action
                when action.user().equals(user) && action.type().isPositive() -> {
                    List<String> names = topics.getOrDefault(action.item(), List.of());
                    names.forEach(topic -> byTopic.computeIfAbsent(topic, t -> new ArrayList<>())
                            .add(action));
                    if (!names.isEmpty()) {
                        all.add(action);
                    }
                }
                default -> {
                    // No part of this feature.
                }
            }
        }
        long halfLife = config.halfLives().userTopic().toSeconds();
        long newest = all.stream()
                .mapToLong(a -> a.timestamp().getEpochSecond())
                .max()
                .orElse(0);
        long readMillis = Math.max(nowMillis, newest * 1000);
        List<String> own = topics.getOrDefault(item, List.of());
        return own.stream()
                .mapToDouble(topic -> decayed(byTopic.getOrDefault(topic, List.of()), halfLife, readMillis))
                .average()
                .orElse(0);
    }

    /** A time before the newest event reads as of that event. */
    private static double decayed(List<Event.Action> actions, long halfLifeSeconds, long nowMillis) {
        long newest = actions.stream()
                .mapToLong(a -> a.timestamp().getEpochSecond())
                .max()
                .orElse(0);
        long at = Math.max(nowMillis / 1000, newest);
        return actions.stream()
                .mapToDouble(a -> Math.pow(2, -(double) (at - a.timestamp().getEpochSecond()) / halfLifeSeconds))
                .sum();
    }

    private long createdMillis(ItemId id) {
        @Nullable Long created = null;
        for (Event event : events) {
            if (event instanceof Event.ItemUpserted upserted
                    && upserted.item().id().equals(id)) {
                Item item = upserted.item();
                created = item.created().toEpochMilli();
            } else if (event instanceof Event.Action action && action.item().equals(id) && created == null) {
                created = action.timestamp().toEpochMilli();
            }
        }
        if (created == null) {
            throw new AssertionError(id + " is in no event");
        }
        return created;
    }

    private static Predicate<Event.Action> is(ActionType type) {
        return action -> action.type() == type;
    }
}
