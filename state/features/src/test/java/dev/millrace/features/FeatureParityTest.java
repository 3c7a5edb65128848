package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * One test per feature: what the live state answered while events came in equals, to the bit, what a replay up to the same
 * event answers, and within rounding what the definition says of the list of events.
 */
class FeatureParityTest {
    private static final int EVENTS = 3000;
    private static final int USERS = 12;
    private static final int ITEMS = 25;
    private static final double ROUNDING = 1e-4;

    /** More topics than exist, so that the bound on topics per user does not bite. */
    private static final FeaturesConfig CONFIG =
            new FeaturesConfig(16, 64, 32, true, 20, FeaturesConfig.HalfLives.defaults());

    private static final FeatureSchema SCHEMA = FeatureSchema.standard(CONFIG);

    static Stream<String> features() {
        return SCHEMA.definitions().stream().map(FeatureDefinition::name);
    }

    @ParameterizedTest
    @MethodSource("features")
    void feature_atRandomMoments_isTheSameLiveReplayedAndByItsDefinition(String name) {
        long seed = System.nanoTime();
        String where = name + ", seed " + seed;
        FeatureDefinition definition = SCHEMA.definition(name);
        List<Event> events = new EventWorld(seed, USERS, ITEMS, 10).events(EVENTS);
        Random random = new Random(seed);
        FeatureState live = new FeatureState(CONFIG);
        int checked = 0;
        int telling = 0;
        for (int i = 0; i < EVENTS; i++) {
            live.apply(i, events.get(i));
            if (random.nextInt(100) != 0 || live.catalog().size() == 0) {
                continue;
            }
            List<Event> before = events.subList(0, i + 1);
            UserId user = new UserId("u" + random.nextInt(USERS));
            ItemId item = live.catalog().id(random.nextInt(live.catalog().size()));
            long now = events.get(i).timestamp().toEpochMilli() + random.nextInt(200_000_000);
            String value = value(definition, live, user, item, now);
            assertEquals(value, value(definition, replayed(before), user, item, now), where + " after event " + i);
            telling += matchesDefinition(definition, new PlainReference(CONFIG, before), live, user, item, now, where)
                    ? 1
                    : 0;
            checked++;
        }
        assertTrue(
                checked > 10 && telling > checked / 20, where + ": " + telling + " of " + checked + " tell anything");
    }

    @Test
    void schema_standard_hasTheFeaturesThatAreCommitted() {
        assertEquals(
                List.of(
                        "item_impressions",
                        "item_clicks",
                        "item_long_views",
                        "item_likes",
                        "item_complaints",
                        "item_positives",
                        "item_hour_positives",
                        "user_topic_positives",
                        "user_topic_met",
                        "item_age_days",
                        "user_seen_items",
                        "user_history_length",
                        "hour_of_day",
                        "item_id",
                        "user_id",
                        "user_profile",
                        "item_profile",
                        "user_sequence"),
                features().toList());
        assertEquals(SCHEMA.fingerprint(), FeatureSchema.standard(CONFIG).fingerprint());
        List<FeatureDefinition> fewer = new ArrayList<>(SCHEMA.definitions());
        fewer.removeLast();
        assertTrue(!SCHEMA.fingerprint().equals(new FeatureSchema(fewer).fingerprint()), "fingerprints");
    }

    private static FeatureState replayed(List<Event> events) {
        FeatureState state = new FeatureState(CONFIG);
        for (int i = 0; i < events.size(); i++) {
            state.apply(i, events.get(i));
        }
        return state;
    }

    /** The exact value, written out. */
    private static String value(FeatureDefinition definition, FeatureState state, UserId user, ItemId item, long now) {
        Moment moment = new Moment(state, state.users().ordinal(user), now);
        int[] items = {state.catalog().ordinal(item)};
        return switch (definition) {
            case FeatureDefinition.Numeric numeric -> {
                float[] value = new float[1];
                numeric.read(moment, items, 1, value);
                yield Float.toHexString(value[0]);
            }
            case FeatureDefinition.Hashed hashed -> {
                int[] value = new int[1];
                hashed.read(moment, items, 1, value);
                yield Integer.toString(value[0]);
            }
            case FeatureDefinition.Profile profile -> {
                int[] value = new int[64];
                int count = profile.read(moment, value);
                yield Arrays.toString(Arrays.copyOf(value, count));
            }
            case FeatureDefinition.ItemProfile profile -> {
                int[] value = new int[64];
                int count = profile.read(moment, items[0], value);
                yield Arrays.toString(Arrays.copyOf(value, count));
            }
            case FeatureDefinition.Sequence sequence ->
                sequence(sequence, moment).toString();
        };
    }

    /** Checks the value against the definition; returns whether the value is one that tells anything. */
    private static boolean matchesDefinition(
            FeatureDefinition definition,
            PlainReference reference,
            FeatureState state,
            UserId user,
            ItemId item,
            long now,
            String where) {
        Moment moment = new Moment(state, state.users().ordinal(user), now);
        int[] items = {state.catalog().ordinal(item)};
        return switch (definition) {
            case FeatureDefinition.Numeric numeric -> {
                float[] value = new float[1];
                numeric.read(moment, items, 1, value);
                double expected = reference.numeric(numeric.name(), user, item, now);
                assertEquals(expected, value[0], ROUNDING * Math.max(1, expected), where);
                yield expected > 0.01;
            }
            case FeatureDefinition.Hashed hashed -> {
                int[] value = new int[1];
                hashed.read(moment, items, 1, value);
                assertEquals(hashed.ids().bucket(item.value()), value[0], where);
                yield true;
            }
            case FeatureDefinition.Profile profile -> {
                int[] value = new int[64];
                int count = profile.read(moment, value);
                int[] read = Arrays.copyOf(value, count);
                int[] expected = profile.name().equals("user_id")
                        ? reference.isKnown(user) ? new int[] {profile.ids().bucket(user.value())} : new int[0]
                        : reference.profile(user, profile.ids());
                assertArrayEquals(expected, read, where);
                yield count > 0;
            }
            case FeatureDefinition.ItemProfile profile -> {
                int[] value = new int[64];
                int count = profile.read(moment, items[0], value);
                assertArrayEquals(reference.itemProfile(item, profile.ids()), Arrays.copyOf(value, count), where);
                yield count > 0;
            }
            case FeatureDefinition.Sequence sequence -> {
                List<String> expected = reference.sequence(user);
                assertEquals(expected, sequence(sequence, moment), where);
                yield !expected.isEmpty();
            }
        };
    }

    private static List<String> sequence(FeatureDefinition.Sequence sequence, Moment moment) {
        int[] items = new int[sequence.length()];
        long[] millis = new long[sequence.length()];
        byte[] actions = new byte[sequence.length()];
        int count = sequence.read(moment, items, millis, actions);
        List<String> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            read.add(moment.state().catalog().id(items[i]) + " " + ActionType.ofCode(actions[i]) + " "
                    + millis[i] / 1000);
        }
        return read;
    }
}
