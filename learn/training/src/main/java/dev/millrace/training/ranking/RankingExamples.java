package dev.millrace.training.ranking;

import dev.millrace.features.FeatureDefinition;
import dev.millrace.features.FeatureSchema;
import dev.millrace.models.ranker.HashedRows;
import dev.millrace.samples.FeatureRow;
import dev.millrace.samples.ImpressionSample;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Impressions as columns, in the order in which they were added. Items and users are numbered; each has a bag of table rows:
 * its id's, then those of its attributes. The newest attributes count. Owned by one thread.
 */
public final class RankingExamples {
    private static final int[] EMPTY = {};

    /** The rows before it are not learnt, and no part of the tables here. */
    static final int FIRST_LEARNT = HashedRows.NOTHING + 1;

    private final RankerConfig config;
    private final HashedRows rows;
    private final List<FeatureDefinition.Numeric> numericFeatures;
    private final int itemBits;
    private final int itemProfileBits;
    private final int userBits;
    private final int userProfileBits;
    private final Bags items = new Bags();
    private final Bags users = new Bags();
    private float[] numeric = new float[0];
    private int[] itemOf = new int[1024];
    private int[] userOf = new int[1024];
    private int[][] histories = new int[1024][];
    private int[] outcomes = new int[1024];
    private long[] millis = new long[1024];
    private long[] offsets = new long[1024];
    private int[] places = new int[1024];
    /** Negative where the policy, and not chance, chose the item for its place. */
    private int[] chances = new int[1024];

    private final Map<String, Integer> scenarios = new HashMap<>();
    private int count;

    public RankingExamples(RankerConfig config, FeatureSchema schema) {
        this.config = config;
        this.rows = config.rows();
        numericFeatures = schema.numeric();
        itemBits =
                ((FeatureDefinition.Hashed) schema.definition("item_id")).ids().bits();
        itemProfileBits = ((FeatureDefinition.ItemProfile) schema.definition("item_profile"))
                .ids()
                .bits();
        userBits =
                ((FeatureDefinition.Profile) schema.definition("user_id")).ids().bits();
        userProfileBits = ((FeatureDefinition.Profile) schema.definition("user_profile"))
                .ids()
                .bits();
    }

    public void add(ImpressionSample sample) {
        FeatureRow row = sample.features();
        grow();
        System.arraycopy(row.numeric(), 0, numeric, count * width(), width());
        itemOf[count] = items.number(row.item(), bag(row.item(), itemBits, row.itemProfile(), itemProfileBits));
        userOf[count] = users.number(row.user(), bag(row.user(), userBits, row.userProfile(), userProfileBits));
        histories[count] = history(row.history());
        outcomes[count] = sample.outcome();
        offsets[count] = sample.offset();
        place(sample.shown());
        millis[count++] = sample.time().toEpochMilli();
    }

    private void place(ImpressionSample.@Nullable Shown shown) {
        places[count] = shown == null ? -1 : shown.position();
        // What stays at a place that may explore does so with one half or more.
        chances[count] = shown == null || shown.propensity() >= 0.5f
                ? -1
                : scenarios.computeIfAbsent(shown.arm(), _ -> scenarios.size());
    }

    /** Says what an item is, where an example has it as its candidate or in its history. */
    public void describe(int item, int[] profile) {
        if (items.find(item) >= 0) {
            int _ = items.number(item, bag(item, itemBits, profile, itemProfileBits));
        }
    }

    /** How many impressions there are. */
    public int count() {
        return count;
    }

    /** How many numbers a row has. */
    public int width() {
        return numericFeatures.size();
    }

    public List<String> names() {
        return numericFeatures.stream().map(FeatureDefinition.Numeric::name).toList();
    }

    public float number(int row, int feature) {
        return numeric[row * width() + feature];
    }

    public int item(int row) {
        return itemOf[row];
    }

    public int user(int row) {
        return userOf[row];
    }

    /** The items of the user's newest positive actions, newest last; shared, so do not change it. */
    public int[] history(int row) {
        return histories[row];
    }

    public boolean has(int row, int actionCode) {
        return (outcomes[row] & 1 << actionCode) != 0;
    }

    public long millis(int row) {
        return millis[row];
    }

    /** The item's place in the slate that it was shown in, from 0; negative where no slate is known. */
    int place(int row) {
        return places[row];
    }

    /** Whether chance chose the item for its place. */
    boolean isByChance(int row) {
        return chances[row] >= 0;
    }

    /** A number of the scenario that showed it, where chance did. */
    int scenario(int row) {
        return chances[row];
    }

    /** The impression's place in the log. */
    public long offset(int row) {
        return offsets[row];
    }

    public int itemCount() {
        return items.rows.size();
    }

    public int userCount() {
        return users.rows.size();
    }

    /** The table rows of an item; shared, so do not change it. */
    public int[] itemBag(int item) {
        return items.rows.get(item);
    }

    /** The table rows of a user; shared, so do not change it. */
    public int[] userBag(int user) {
        return users.rows.get(user);
    }

    private int[] history(int[] buckets) {
        int from = Math.max(0, buckets.length - config.history());
        int[] history = new int[buckets.length - from];
        for (int i = 0; i < history.length; i++) {
            int bucket = buckets[from + i];
            int known = items.find(bucket);
            history[i] = known >= 0 ? known : items.number(bucket, bag(bucket, itemBits, EMPTY, itemProfileBits));
        }
        return history;
    }

    /** In the numbering of the tables that are learnt. */
    private int[] bag(int id, int idBits, int[] profile, int profileBits) {
        int[] bag = rows.bag(id, idBits, profile, profile.length, profileBits);
        for (int i = 0; i < bag.length; i++) {
            bag[i] -= FIRST_LEARNT;
        }
        return bag;
    }

    private void grow() {
        if (count == itemOf.length) {
            int larger = count * 2;
            itemOf = Arrays.copyOf(itemOf, larger);
            userOf = Arrays.copyOf(userOf, larger);
            histories = Arrays.copyOf(histories, larger);
            outcomes = Arrays.copyOf(outcomes, larger);
            millis = Arrays.copyOf(millis, larger);
            offsets = Arrays.copyOf(offsets, larger);
            places = Arrays.copyOf(places, larger);
            chances = Arrays.copyOf(chances, larger);
        }
        if ((count + 1) * width() > numeric.length) {
            numeric = Arrays.copyOf(numeric, Math.max(1024 * width(), numeric.length * 2));
        }
    }

    /** Numbers of ids in the order of their first appearance, with their table rows. */
    private static final class Bags {
        private final Map<Integer, Integer> numbers = new HashMap<>();
        private final List<int[]> rows = new ArrayList<>();

        int find(int id) {
            return numbers.getOrDefault(id, -1);
        }

        int number(int id, int[] bag) {
            int known = find(id);
            if (known < 0) {
                numbers.put(id, rows.size());
                rows.add(bag);
                return rows.size() - 1;
            }
            if (bag.length > 1) {
                rows.set(known, bag);
            }
            return known;
        }
    }
}
