package dev.millrace.features;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Item;
import dev.millrace.model.UserId;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The features that Millrace has. */
final class StandardFeatures {
    private static final int ID_BITS = 20;
    private static final int PROFILE_BITS = 16;
    private static final float MILLIS_PER_DAY = 86_400_000f;

    private StandardFeatures() {}

    static FeatureSchema schema(FeaturesConfig config) {
        List<FeatureDefinition> definitions = new ArrayList<>();
        for (CounterKind kind : CounterKind.values()) {
            definitions.add(itemCount(kind, config.halfLives()));
        }
        definitions.add(new FeatureDefinition.Numeric(
                "item_hour_positives",
                1,
                "positive actions on the item in this hour of the day, half-life "
                        + days(config.halfLives().itemHour()),
                Moment::hours));
        definitions.add(new FeatureDefinition.Numeric(
                "user_topic_positives",
                1,
                "mean over the item's topics of the user's positive actions on the topic, half-life "
                        + days(config.halfLives().userTopic()),
                StandardFeatures::userTopics));
        definitions.add(new FeatureDefinition.Numeric(
                "user_topic_met",
                1,
                "mean over the item's topics of how many of the remembered items that the user met have the topic",
                StandardFeatures::userTopicsMet));
        definitions.add(new FeatureDefinition.Numeric(
                "item_age_days", 1, "days since the item's creation, at least 0", StandardFeatures::ages));
        definitions.add(new FeatureDefinition.Numeric(
                "user_seen_items",
                1,
                "how many of the items that the user met are remembered",
                (at, items, n, into) -> Arrays.fill(into, 0, n, at.userRow().seenCount())));
        definitions.add(new FeatureDefinition.Numeric(
                "user_history_length",
                1,
                "how many positive actions the user's sequence holds",
                (at, items, n, into) -> Arrays.fill(into, 0, n, at.userRow().historyCount())));
        definitions.add(new FeatureDefinition.Numeric(
                "hour_of_day",
                1,
                "the hour of the moment (UTC), 0 to 23; no event changes it",
                (at, items, n, into) -> Arrays.fill(into, 0, n, Counters.hourOfDay(at.nowMillis()))));
        definitions.add(new FeatureDefinition.Hashed(
                "item_id", 1, "never changes", new HashedIds(ID_BITS), StandardFeatures::itemIds));
        definitions.add(new FeatureDefinition.Profile(
                "user_id", 1, "never changes", new HashedIds(ID_BITS), StandardFeatures::userId));
        definitions.add(new FeatureDefinition.Profile(
                "user_profile",
                1,
                "the user's attributes as name=value",
                new HashedIds(PROFILE_BITS),
                StandardFeatures::profile));
        definitions.add(new FeatureDefinition.ItemProfile(
                "item_profile",
                1,
                "the item's topics, and its attributes as name=value, numbers by powers of two",
                new HashedIds(PROFILE_BITS),
                StandardFeatures::itemProfile));
        definitions.add(new FeatureDefinition.Sequence(
                "user_sequence",
                1,
                "the newest " + config.historyLength() + " positive actions, one per interest in a row",
                config.historyLength()));
        return new FeatureSchema(definitions);
    }

    private static FeatureDefinition itemCount(CounterKind kind, FeaturesConfig.HalfLives halfLives) {
        return new FeatureDefinition.Numeric(
                "item_" + kind.name().toLowerCase(Locale.ROOT) + "s",
                1,
                kind.name().toLowerCase(Locale.ROOT) + " actions on the item, half-life " + days(halfLives.of(kind)),
                (at, items, n, into) -> at.counts(kind, items, n, into));
    }

    private static void userTopics(Moment at, int[] items, int n, float[] into) {
        Catalog catalog = at.state().catalog();
        UserRow user = at.userRow();
        for (int i = 0; i < n; i++) {
            int[] topics = catalog.topics(items[i]);
            float sum = 0;
            for (int topic : topics) {
                sum += user.topic(topic, at.nowMillis());
            }
            into[i] = topics.length == 0 ? 0 : sum / topics.length;
        }
    }

    private static void userTopicsMet(Moment at, int[] items, int n, float[] into) {
        Catalog catalog = at.state().catalog();
        for (int i = 0; i < n; i++) {
            int[] topics = catalog.topics(items[i]);
            int sum = 0;
            for (int topic : topics) {
                sum += at.met().of(topic);
            }
            into[i] = topics.length == 0 ? 0 : (float) sum / topics.length;
        }
    }

    private static void ages(Moment at, int[] items, int n, float[] into) {
        Catalog catalog = at.state().catalog();
        for (int i = 0; i < n; i++) {
            into[i] = Math.max(0, at.nowMillis() - catalog.createdMillis(items[i])) / MILLIS_PER_DAY;
        }
    }

    private static void itemIds(Moment at, HashedIds ids, int[] items, int n, int[] into) {
        Catalog catalog = at.state().catalog();
        for (int i = 0; i < n; i++) {
            into[i] = ids.bucket(catalog.id(items[i]).value());
        }
    }

    private static int userId(Moment at, HashedIds ids, int[] into) {
        UserId id = at.user() < 0 ? null : at.state().users().id(at.user());
        if (id == null || into.length == 0) {
            return 0;
        }
        into[0] = ids.bucket(id.value());
        return 1;
    }

    private static int profile(Moment at, HashedIds ids, int[] into) {
        int count = putAttributes(at.profile().attributes(), ids, StandardFeatures::text, into, 0);
        // The attributes have no order; the buckets have one, so that equal profiles read equal.
        Arrays.sort(into, 0, count);
        return count;
    }

    private static int itemProfile(Moment at, HashedIds ids, int ordinal, int[] into) {
        Catalog catalog = at.state().catalog();
        Item item = ordinal < 0 ? null : catalog.item(ordinal);
        if (item == null) {
            return 0;
        }
        int count = 0;
        for (int topic : catalog.topics(ordinal)) {
            count = put(ids.bucket("topic", catalog.topic(topic)), into, count);
        }
        count = putAttributes(item.attributes(), ids, StandardFeatures::coarse, into, count);
        Arrays.sort(into, 0, count);
        return count;
    }

    private static int putAttributes(
            Map<String, AttributeValue> attributes,
            HashedIds ids,
            Function<AttributeValue, String> text,
            int[] into,
            int from) {
        int count = from;
        for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
            if (attribute.getValue() instanceof AttributeValue.Texts(List<String> values)) {
                for (String value : values) {
                    count = put(ids.bucket(attribute.getKey(), value), into, count);
                }
            } else {
                count = put(ids.bucket(attribute.getKey(), text.apply(attribute.getValue())), into, count);
            }
        }
        return count;
    }

    private static int put(int bucket, int[] into, int count) {
        if (count == into.length) {
            return count;
        }
        into[count] = bucket;
        return count + 1;
    }

    private static String text(AttributeValue value) {
        return switch (value) {
            case AttributeValue.Text text -> text.value();
            case AttributeValue.Numeric numeric -> Double.toString(numeric.value());
            case AttributeValue.Flag flag -> Boolean.toString(flag.value());
            case AttributeValue.Texts texts -> String.join(",", texts.values());
        };
    }

    /** As text, but numbers of one magnitude alike: few items share the exact length or price. */
    private static String coarse(AttributeValue value) {
        return value instanceof AttributeValue.Numeric(double number)
                ? (number < 0 ? "-" : "") + Math.getExponent(number)
                : text(value);
    }

    private static String days(Duration halfLife) {
        return halfLife.toHours() / 24.0 + " days";
    }
}
