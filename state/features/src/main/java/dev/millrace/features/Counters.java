package dev.millrace.features;

import dev.millrace.features.columns.BlockPool;
import dev.millrace.features.columns.LongRows;
import dev.millrace.model.ActionType;

import java.util.Arrays;

/**
 * Counts that forget exponentially: per item and kind of action, per user and topic, per item and hour of the day.
 *
 * <p>A count is read as of a time that the caller gives; a time before the newest event reads as of that event. An
 * ordinal outside the state counts 0. One writer (the ingest agent); any thread reads without a lock and without
 * garbage.
 */
public final class Counters {
    static final int HOURS = 24;
    private static final CounterKind[] KINDS = CounterKind.values();
    /** The column after the kinds: the handle of the block of hours, 0 before the first positive action. */
    private static final int HOUR_BLOCK = KINDS.length;

    private final LongRows items = new LongRows(KINDS.length + 1);
    private final BlockPool blocks;
    private final UserTopics userTopics;
    private final Decay[] decays;
    private final Decay hourDecay;
    private volatile int itemCount;
    private volatile int userCount;

    Counters(FeaturesConfig config, BlockPool blocks) {
        FeaturesConfig.HalfLives halfLives = config.halfLives();
        this.blocks = blocks;
        this.userTopics = new UserTopics(config.userTopics(), blocks, new Decay(halfLives.userTopic()));
        this.hourDecay = new Decay(halfLives.itemHour());
        this.decays = new Decay[KINDS.length];
        for (CounterKind kind : KINDS) {
            decays[kind.column()] = new Decay(halfLives.of(kind));
        }
    }

    public float item(CounterKind kind, int item, long nowMillis) {
        return item < 0 || item >= itemCount ? 0 : itemCount(kind, item, EventTime.secondsOfMillis(nowMillis));
    }

    /** Reads a count for each of the first n items. */
    public void items(CounterKind kind, int[] ordinals, int n, long nowMillis, float[] into) {
        long seconds = EventTime.secondsOfMillis(nowMillis);
        int known = itemCount;
        for (int i = 0; i < n; i++) {
            int item = ordinals[i];
            into[i] = item < 0 || item >= known ? 0 : itemCount(kind, item, seconds);
        }
    }

    /** How much the user acted on items of the topic. */
    public float userTopic(int user, int topic, long nowMillis) {
        return user < 0 || user >= userCount ? 0 : userTopics.read(user, topic, EventTime.secondsOfMillis(nowMillis));
    }

    /**
     * Reads the topics of a user with their counts, in no order.
     *
     * @return how many were read: at most as many as the shorter array holds
     */
    public int userTopics(int user, long nowMillis, int[] topics, float[] into) {
        return user < 0 || user >= userCount
                ? 0
                : userTopics.readAll(user, EventTime.secondsOfMillis(nowMillis), topics, into);
    }

    /** Positive actions on the item in an hour of the day (UTC, 0 to 23). */
    public float itemHour(int item, int hourOfDay, long nowMillis) {
        return item < 0 || item >= itemCount ? 0 : hour(item, hourOfDay, EventTime.secondsOfMillis(nowMillis));
    }

    /** Reads an hour's count for each of the first n items. */
    public void itemHours(int[] ordinals, int n, int hourOfDay, long nowMillis, float[] into) {
        long seconds = EventTime.secondsOfMillis(nowMillis);
        int known = itemCount;
        for (int i = 0; i < n; i++) {
            int item = ordinals[i];
            into[i] = item < 0 || item >= known ? 0 : hour(item, hourOfDay, seconds);
        }
    }

    /** The hour of the day (UTC) that a time lies in. */
    public static int hourOfDay(long millis) {
        return (int) (EventTime.secondsOfMillis(millis) / 3600 % HOURS);
    }

    void ensureItems(int count) {
        items.ensure(count);
        itemCount = Math.max(itemCount, count);
    }

    void ensureUsers(int count) {
        userTopics.ensure(count);
        userCount = Math.max(userCount, count);
    }

    void add(int user, int item, int[] topics, ActionType type, long seconds) {
        CounterKind own = CounterKind.of(type);
        if (own != null) {
            add(own, item, seconds);
        }
        if (type.isPositive()) {
            add(CounterKind.POSITIVE, item, seconds);
            addHour(item, (int) (seconds / 3600 % HOURS), seconds);
            userTopics.add(user, topics, seconds);
        }
    }

    void deleteItem(int item) {
        for (CounterKind kind : KINDS) {
            items.set(item, kind.column(), DecayedCounter.ZERO);
        }
        int block = (int) items.get(item, HOUR_BLOCK);
        for (int i = 0; block != 0 && i < HOURS; i++) {
            blocks.set(block, i, DecayedCounter.ZERO);
        }
    }

    void deleteUser(int user) {
        userTopics.delete(user);
    }

    UserTopics userTopics() {
        return userTopics;
    }

    /** Reads all counts of an item as they are kept: kinds, then hours. Writer only. */
    void copyItem(int item, long[] into) {
        Arrays.fill(into, DecayedCounter.ZERO);
        for (int i = 0; i < KINDS.length; i++) {
            into[i] = items.get(item, i);
        }
        int block = (int) items.get(item, HOUR_BLOCK);
        for (int i = 0; block != 0 && i < HOURS; i++) {
            into[KINDS.length + i] = blocks.get(block, i);
        }
    }

    /** Puts back what {@link #copyItem} read. Writer only. */
    void restoreItem(int item, long[] from) {
        for (int i = 0; i < KINDS.length; i++) {
            items.set(item, i, from[i]);
        }
        for (int i = 0; i < HOURS; i++) {
            if (from[KINDS.length + i] != DecayedCounter.ZERO) {
                blocks.set(hourBlock(item), i, from[KINDS.length + i]);
            }
        }
    }

    static int longsPerItem() {
        return KINDS.length + HOURS;
    }

    private float itemCount(CounterKind kind, int item, long seconds) {
        int column = kind.column();
        return DecayedCounter.read(items.get(item, column), seconds, decays[column]);
    }

    private float hour(int item, int hourOfDay, long seconds) {
        int block = (int) items.getAcquire(item, HOUR_BLOCK);
        return block == 0 ? 0 : DecayedCounter.read(blocks.get(block, hourOfDay), seconds, hourDecay);
    }

    private void add(CounterKind kind, int item, long seconds) {
        int column = kind.column();
        items.set(item, column, DecayedCounter.add(items.get(item, column), seconds, 1, decays[column]));
    }

    private void addHour(int item, int hour, long seconds) {
        int block = hourBlock(item);
        blocks.set(block, hour, DecayedCounter.add(blocks.get(block, hour), seconds, 1, hourDecay));
    }

    /** The item's block of hours, which it keeps once it has one: readers hold no stamp for it. */
    private int hourBlock(int item) {
        int block = (int) items.get(item, HOUR_BLOCK);
        if (block == 0) {
            block = blocks.allocate(HOURS);
            items.setRelease(item, HOUR_BLOCK, block);
        }
        return block;
    }
}
