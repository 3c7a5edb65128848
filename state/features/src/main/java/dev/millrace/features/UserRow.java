package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.ActionType;

import java.util.Arrays;

/**
 * What the fold keeps of one user, read whole: the newest positive actions, the items seen, and how much the user likes each topic.
 * Reused; owned by one thread at a time.
 *
 * <p>The order of actions is that of the log, not of the timestamps: it is what training sees too. Several actions in a row on
 * one item are one entry, that of the last of them ({@link SequenceRule}). Times are kept in whole seconds. Items seen are in
 * the order in which they were first seen, the oldest forgotten first. All counts of topics are as of one time, that of
 * the user's newest action; one more topic than is kept takes the place of the weakest. The words are drawn in
 * docs/formats/feature-rows.md.
 */
public final class UserRow {
    /** What answers say where a row {@link #isLate is late}. */
    public static final String WHY_LATE = "what the user did lies in the cold tier, which did not give it in time";

    private static final int COUNTS = 1;
    private static final int TIME = 2;
    private static final int HEADER = 3;
    private static final int BITS = 16;
    private static final int MASK = (1 << BITS) - 1;
    private static final int ITEM_SHIFT = 36;
    private static final int ACTION_SHIFT = 32;
    private static final int ACTION_MASK = 0xF;
    private static final long LOW = 0xFFFF_FFFFL;

    private final int historyCapacity;
    private final int seenCapacity;
    private final int topicCapacity;
    private final Decay decay;
    private final WordRoom room = new WordRoom(FeatureTable.USERS);
    private final long[] words = room.words();
    private int history;
    private int topics;
    private int seen;

    public UserRow(FeaturesConfig config) {
        this.historyCapacity = config.historyLength();
        this.seenCapacity = config.seenCapacity();
        this.topicCapacity = config.userTopics();
        this.decay = new Decay(config.halfLives().userTopic());
    }

    /** Whether nothing is known only because a tier of the store did not give the row in time. */
    public boolean isLate() {
        return room.isLate();
    }

    /** How many positive actions are kept. */
    public int historyCount() {
        return history;
    }

    /** How many of the items that the user has seen are kept. */
    public int seenCount() {
        return seen;
    }

    /**
     * Copies the newest positive actions, newest last.
     *
     * @return how many: at most as many as the shortest array holds
     */
    public int history(int[] items, long[] millis, byte[] actions) {
        int count = Math.min(history, Math.min(items.length, Math.min(millis.length, actions.length)));
        int from = HEADER + history - count;
        for (int i = 0; i < count; i++) {
            long entry = words[from + i];
            items[i] = item(entry);
            actions[i] = (byte) ((entry >>> ACTION_SHIFT) & ACTION_MASK);
            millis[i] = (entry & LOW) * 1000;
        }
        return count;
    }

    /** Replaces the set by the items that the user has seen. */
    public void seen(SeenItems into) {
        into.clear();
        for (int i = 0; i < seen; i++) {
            into.add(seenItem(i));
        }
    }

    public boolean hasSeen(int item) {
        for (int i = 0; i < seen; i++) {
            if (seenItem(i) == item) {
                return true;
            }
        }
        return false;
    }

    /** How much the user acted on items of the topic. */
    public float topic(int topic, long nowMillis) {
        int at = findTopic(topic);
        return at < 0 ? 0 : value(words[at]) * decay.factor(EventTime.secondsOfMillis(nowMillis) - words[TIME]);
    }

    /**
     * Copies the topics with their counts, in no order.
     *
     * @return how many: at most as many as the shorter array holds
     */
    public int topics(long nowMillis, int[] into, float[] values) {
        int count = Math.min(topics, Math.min(into.length, values.length));
        float factor = decay.factor(EventTime.secondsOfMillis(nowMillis) - words[TIME]);
        for (int i = 0; i < count; i++) {
            long entry = words[topicsAt() + i];
            into[i] = topicOf(entry);
            values[i] = value(entry) * factor;
        }
        return count;
    }

    WordRoom room() {
        return room;
    }

    /** Takes what was read into the room; more than the configuration keeps is left out. */
    void loaded() {
        if (room.size() == 0) {
            Arrays.fill(words, 0, HEADER, 0);
        }
        long counts = words[COUNTS];
        history = (int) counts & MASK;
        topics = (int) (counts >>> BITS) & MASK;
        seen = (int) (counts >>> (2 * BITS)) & MASK;
        while (history > historyCapacity) {
            removeWord(HEADER);
            history--;
        }
        while (topics > topicCapacity) {
            removeWord(topicsAt() + topics - 1);
            topics--;
        }
        while (seen > seenCapacity) {
            forgetOldestSeen();
        }
    }

    /** Makes the room hold what this row is now, to be written. */
    void stored() {
        words[COUNTS] = ((long) seen << (2 * BITS)) | ((long) topics << BITS) | history;
        room.size(seenAt() + (seen + 1) / 2);
    }

    void addSeen(int item) {
        if (hasSeen(item)) {
            return;
        }
        if (seen == seenCapacity) {
            forgetOldestSeen();
        }
        int at = seenAt() + (seen >> 1);
        words[at] = (seen & 1) == 0 ? item : (words[at] & LOW) | ((long) item << 32);
        seen++;
    }

    void addAction(int item, ActionType type, long seconds) {
        long entry = ((long) item << ITEM_SHIFT) | ((long) type.code() << ACTION_SHIFT) | seconds;
        if (history > 0 && SequenceRule.replacesNewest(item(words[HEADER + history - 1]), item)) {
            words[HEADER + history - 1] = entry;
            return;
        }
        if (history == historyCapacity) {
            System.arraycopy(words, HEADER + 1, words, HEADER, history - 1);
            words[HEADER + history - 1] = entry;
        } else {
            insertWord(HEADER + history, entry);
            history++;
        }
    }

    /** Counts one action on an item of these topics. */
    void addTopics(int[] ofItem, long seconds) {
        if (ofItem.length == 0) {
            return;
        }
        long time = words[TIME];
        float amount = 1;
        if (topics == 0) {
            words[TIME] = seconds;
        } else if (seconds >= time) {
            age(decay.factor(seconds - time));
            words[TIME] = seconds;
        } else {
            amount = decay.factor(time - seconds);
        }
        for (int topic : ofItem) {
            addTopic(topic, amount);
        }
    }

    /** Puts back what a snapshot held, in its order. */
    void restoreTopics(long time, long[] entries) {
        words[TIME] = time;
        for (int i = 0; i < Math.min(entries.length, topicCapacity); i++) {
            insertWord(topicsAt() + topics, entries[i]);
            topics++;
        }
    }

    private void age(float factor) {
        for (int at = topicsAt(); at < seenAt(); at++) {
            words[at] = topicEntry(topicOf(words[at]), value(words[at]) * factor);
        }
    }

    private void addTopic(int topic, float amount) {
        int at = findTopic(topic);
        if (at >= 0) {
            words[at] = topicEntry(topic, value(words[at]) + amount);
        } else if (topics == topicCapacity) {
            words[weakestTopic()] = topicEntry(topic, amount);
        } else {
            insertWord(topicsAt() + topics, topicEntry(topic, amount));
            topics++;
        }
    }

    private int weakestTopic() {
        int weakest = topicsAt();
        for (int at = weakest + 1; at < seenAt(); at++) {
            if (value(words[at]) < value(words[weakest])) {
                weakest = at;
            }
        }
        return weakest;
    }

    private int findTopic(int topic) {
        for (int at = topicsAt(); at < seenAt(); at++) {
            if (topicOf(words[at]) == topic) {
                return at;
            }
        }
        return -1;
    }

    private void forgetOldestSeen() {
        int at = seenAt();
        int last = at + (seen - 1) / 2;
        for (; at < last; at++) {
            words[at] = (words[at] >>> 32) | (words[at + 1] << 32);
        }
        words[last] >>>= 32;
        seen--;
    }

    private void insertWord(int at, long word) {
        System.arraycopy(words, at, words, at + 1, end() - at);
        words[at] = word;
    }

    private void removeWord(int at) {
        System.arraycopy(words, at + 1, words, at, end() - at - 1);
    }

    private int topicsAt() {
        return HEADER + history;
    }

    private int seenAt() {
        return HEADER + history + topics;
    }

    private int end() {
        return seenAt() + (seen + 1) / 2;
    }

    /** The item that was seen as the i-th of those that are kept. */
    int seenItem(int i) {
        long pair = words[seenAt() + (i >> 1)];
        return (int) ((i & 1) == 0 ? pair : pair >>> 32);
    }

    private static int item(long entry) {
        return (int) (entry >>> ITEM_SHIFT);
    }

    private static long topicEntry(int topic, float value) {
        return ((long) topic << 32) | (Float.floatToRawIntBits(value) & LOW);
    }

    private static int topicOf(long entry) {
        return (int) (entry >>> 32);
    }

    private static float value(long entry) {
        return Float.intBitsToFloat((int) entry);
    }
}
