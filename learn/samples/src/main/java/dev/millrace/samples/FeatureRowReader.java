package dev.millrace.samples;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.features.Moment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads all features of a schema for one item at a moment, through the definitions that serving reads. Owned by one thread. */
public final class FeatureRowReader {
    private static final int MAX_BUCKETS = 64;
    private static final int[] NONE = {};

    private final List<FeatureDefinition.Numeric> numeric;
    private final FeatureDefinition.Hashed itemId;
    private final FeatureDefinition.Profile userId;
    private final FeatureDefinition.Profile userProfile;
    private final FeatureDefinition.ItemProfile itemProfile;
    private final FeatureDefinition.Sequence sequence;
    private final int[] one = new int[1];
    private final float[] value = new float[1];
    private final int[] buckets = new int[MAX_BUCKETS];
    private final int[] items;
    private final long[] millis;
    private final byte[] actions;

    public FeatureRowReader(FeatureSchema schema) {
        numeric = schema.numeric();
        itemId = require(schema, "item_id", FeatureDefinition.Hashed.class);
        userId = require(schema, "user_id", FeatureDefinition.Profile.class);
        userProfile = require(schema, "user_profile", FeatureDefinition.Profile.class);
        itemProfile = require(schema, "item_profile", FeatureDefinition.ItemProfile.class);
        sequence = require(schema, "user_sequence", FeatureDefinition.Sequence.class);
        items = new int[sequence.length()];
        millis = new long[sequence.length()];
        actions = new byte[sequence.length()];
    }

    /** @param item the item's ordinal; a negative one is not known: its numbers are all 0 */
    public FeatureRow read(Moment moment, int item) {
        return read(moment, new int[] {item}).getFirst();
    }

    /**
     * One row per item; they share what is known of the user.
     *
     * @param ordinals of the items; a negative one is not known: its numbers are all 0
     */
    List<FeatureRow> read(Moment moment, int[] ordinals) {
        int user = userBucket(moment);
        int[] profile = copy(userProfile.read(moment, buckets));
        int[] history = history(moment);
        List<FeatureRow> rows = new ArrayList<>(ordinals.length);
        for (int item : ordinals) {
            rows.add(new FeatureRow(
                    numbers(moment, item),
                    item < 0 ? -1 : itemBucket(moment, item),
                    user,
                    item < 0 ? NONE : copy(itemProfile.read(moment, item, buckets)),
                    profile,
                    history));
        }
        return rows;
    }

    private static <T extends FeatureDefinition> T require(FeatureSchema schema, String name, Class<T> kind) {
        return kind.cast(schema.definition(name));
    }

    private float[] numbers(Moment moment, int item) {
        float[] values = new float[numeric.size()];
        one[0] = item;
        for (int i = 0; item >= 0 && i < values.length; i++) {
            numeric.get(i).read(moment, one, 1, value);
            values[i] = value[0];
        }
        return values;
    }

    private int itemBucket(Moment moment, int item) {
        one[0] = item;
        itemId.read(moment, one, 1, buckets);
        return buckets[0];
    }

    private int userBucket(Moment moment) {
        return userId.read(moment, buckets) == 0 ? -1 : buckets[0];
    }

    private int[] history(Moment moment) {
        int count = sequence.read(moment, items, millis, actions);
        int[] history = new int[count];
        itemId.read(moment, items, count, history);
        return history;
    }

    private int[] copy(int count) {
        return count == 0 ? NONE : Arrays.copyOf(buckets, count);
    }
}
