package dev.millrace.features;

import dev.millrace.features.columns.BlockPool;
import dev.millrace.features.columns.LongRows;

/**
 * How much each user likes each topic: a decayed count of positive actions on items of the topic.
 *
 * <p>All counts of a user are as of one time, that of the user's newest action. A user keeps a bounded number of topics;
 * one more takes the place of the weakest. One writer; any thread reads without a lock.
 */
final class UserTopics {
    private static final int HEADER = 1;
    private static final int TIME = 2;

    /** A row is a stamp, a header (handle of the block, count of topics) and the time of the counts. */
    private final LongRows rows = new LongRows(3);

    private final BlockPool blocks;
    private final int capacity;
    private final Decay decay;

    UserTopics(int capacity, BlockPool blocks, Decay decay) {
        this.capacity = capacity;
        this.blocks = blocks;
        this.decay = decay;
    }

    void ensure(int users) {
        rows.ensure(users);
    }

    float read(int user, int topic, long seconds) {
        while (true) {
            long stamp = rows.beginRead(user);
            long header = rows.get(user, HEADER);
            long time = rows.get(user, TIME);
            if (rows.isUnchanged(user, stamp)) {
                int at = find(header, topic);
                float value = at < 0 ? 0 : value(blocks.get(handle(header), at));
                if (rows.isUnchanged(user, stamp)) {
                    return value * decay.factor(seconds - time);
                }
            }
        }
    }

    /** Fills topics and their counts as of a time; returns how many. */
    int readAll(int user, long seconds, int[] topics, float[] values) {
        while (true) {
            long stamp = rows.beginRead(user);
            long header = rows.get(user, HEADER);
            float factor = decay.factor(seconds - rows.get(user, TIME));
            if (rows.isUnchanged(user, stamp)) {
                int count = Math.min((int) header, Math.min(topics.length, values.length));
                for (int i = 0; i < count; i++) {
                    long entry = blocks.get(handle(header), i);
                    topics[i] = topic(entry);
                    values[i] = value(entry) * factor;
                }
                if (rows.isUnchanged(user, stamp)) {
                    return count;
                }
            }
        }
    }

    /** Counts one action on an item of these topics. Writer only. */
    void add(int user, int[] topics, long seconds) {
        if (topics.length == 0) {
            return;
        }
        rows.beginWrite(user);
        long time = rows.get(user, TIME);
        float amount = 1;
        if ((int) rows.get(user, HEADER) == 0) {
            rows.set(user, TIME, seconds);
        } else if (seconds >= time) {
            age(user, decay.factor(seconds - time));
            rows.set(user, TIME, seconds);
        } else {
            amount = decay.factor(time - seconds);
        }
        for (int topic : topics) {
            count(user, topic, amount);
        }
        rows.endWrite(user);
    }

    /** Writer only. */
    void delete(int user) {
        int handle = handle(rows.get(user, HEADER));
        rows.beginWrite(user);
        rows.set(user, HEADER, 0);
        rows.set(user, TIME, 0);
        blocks.free(handle);
        rows.endWrite(user);
    }

    /** How many topics are kept of the user. Writer only. */
    int count(int user) {
        return (int) rows.get(user, HEADER);
    }

    /** A topic (high half) and its count as float bits (low half). Writer only. */
    long entry(int user, int i) {
        return blocks.get(handle(rows.get(user, HEADER)), i);
    }

    /** Writer only. */
    long time(int user) {
        return rows.get(user, TIME);
    }

    /** Puts entries back as a snapshot kept them, as many as fit. Writer only, before any reader knows the user. */
    void restore(int user, long time, long[] entries) {
        int count = Math.min(entries.length, capacity);
        int handle = count == 0 ? 0 : blocks.allocate(count);
        for (int i = 0; i < count; i++) {
            blocks.set(handle, i, entries[i]);
        }
        rows.set(user, TIME, time);
        rows.set(user, HEADER, header(handle, count));
    }

    private void age(int user, float factor) {
        long header = rows.get(user, HEADER);
        int handle = handle(header);
        for (int i = 0; i < (int) header; i++) {
            long entry = blocks.get(handle, i);
            blocks.set(handle, i, entry(topic(entry), value(entry) * factor));
        }
    }

    private void count(int user, int topic, float amount) {
        long header = rows.get(user, HEADER);
        int handle = handle(header);
        int count = (int) header;
        int at = find(header, topic);
        if (at >= 0) {
            blocks.set(handle, at, entry(topic, value(blocks.get(handle, at)) + amount));
        } else if (count == capacity) {
            blocks.set(handle, weakest(handle), entry(topic, amount));
        } else {
            if (count == blocks.capacity(handle)) {
                handle = blocks.grow(handle, count + 1);
            }
            blocks.set(handle, count, entry(topic, amount));
            rows.set(user, HEADER, header(handle, count + 1));
        }
    }

    private int weakest(int handle) {
        int weakest = 0;
        for (int i = 1; i < capacity; i++) {
            if (value(blocks.get(handle, i)) < value(blocks.get(handle, weakest))) {
                weakest = i;
            }
        }
        return weakest;
    }

    private int find(long header, int topic) {
        int handle = handle(header);
        for (int i = 0; i < (int) header; i++) {
            if (topic(blocks.get(handle, i)) == topic) {
                return i;
            }
        }
        return -1;
    }

    private static int handle(long header) {
        return (int) (header >>> 32);
    }

    private static long header(int handle, int count) {
        return ((long) handle << 32) | count;
    }

    private static long entry(int topic, float value) {
        return ((long) topic << 32) | (Float.floatToRawIntBits(value) & 0xFFFF_FFFFL);
    }

    private static int topic(long entry) {
        return (int) (entry >>> 32);
    }

    private static float value(long entry) {
        return Float.intBitsToFloat((int) entry);
    }
}
