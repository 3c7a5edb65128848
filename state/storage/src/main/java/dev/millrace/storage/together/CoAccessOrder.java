package dev.millrace.storage.together;

import java.util.Arrays;

/**
 * An order of keys in which those that are asked for together stand in few blocks. Used once.
 *
 * <p>Idea: the keys are cut in two halves of whole blocks, each half again, until a part is one block. After a cut, keys change sides in
 * pairs as long as that lowers what is to be read: a set of n keys in a half that will be t blocks is taken to touch t · (1 −
 * (1 − p/t)<sup>n</sup>) of them, with p = ½, so that what helps a later cut counts already. The gain of moving a key follows from how many keys
 * each of its sets has on either side.
 *
 * <p>Invariants: a pair is exchanged only if the sum that results is lower, looked at again at that moment: so a round never makes it worse, and
 * nothing swings. No chance is involved: the same sets give the same order. What comes first is the order in which keys came.
 *
 * <p>Complexity: each of log2(blocks) levels takes at most {@link #MOST_ROUNDS} looks at all keys of all sets, and sorts of all keys. Memory: 8
 * bytes for each key in each set, 24 a key, 8 a set.
 *
 * <p>Sources: the expected fan-out and its look ahead, Kabiljo et al., Social Hash Partitioner, VLDB 2017; the exchange of pairs by their
 * gains, Dhulipala et al., Compressing graphs and indexes with recursive graph bisection, KDD 2016; what it is for, Eisenman et al., Bandana,
 * SysML 2019.
 */
public final class CoAccessOrder {
    private static final int MOST_ROUNDS = 16;
    /** A round in which fewer keys moved than this part of them was the last. */
    private static final int LEAST_MOVED = 1000;

    private static final double P = 0.5;
    /** Less is not worth an exchange, and rounding may make that much of nothing. */
    private static final float MARGIN = 1e-3f;

    private final KeySets sets;
    private final int rowsInBlock;
    /** The keys' numbers. A part is a range of it. */
    private final int[] order;
    /** Which sets have a key. */
    private final int[] firstSet;

    private final int[] setsOf;
    /** How many keys of the part under work a set has on either side. */
    private final int[] left;

    private final int[] right;
    /** By place in the order: the gain of changing sides in the upper half, best first, and the place. */
    private final long[] ranked;
    /** How many blocks of a half that many keys of a set touch, as if the first touched one. */
    private final float[] touched;

    private CoAccessOrder(KeySets sets, int rowsInBlock) {
        this.sets = sets;
        this.rowsInBlock = rowsInBlock;
        this.order = new int[sets.keys()];
        Arrays.setAll(order, i -> i);
        this.firstSet = new int[sets.keys() + 1];
        this.setsOf = new int[sets.pins()];
        turnRound();
        this.left = new int[sets.sets()];
        this.right = new int[sets.sets()];
        this.ranked = new long[sets.keys()];
        this.touched = new float[sets.largest() + 2];
    }

    /**
     * @param rowsInBlock how many rows are read at once
     * @return each key once
     */
    public static long[] of(KeySets sets, int rowsInBlock) {
        if (rowsInBlock < 1) {
            throw new IllegalArgumentException("a block of " + rowsInBlock + " rows; it must have at least 1");
        }
        CoAccessOrder work = new CoAccessOrder(sets, rowsInBlock);
        work.bisect(0, sets.keys());
        return Arrays.stream(work.order).mapToLong(sets::key).toArray();
    }

    private void turnRound() {
        for (int at = 0; at < sets.pins(); at++) {
            firstSet[sets.pin(at) + 1]++;
        }
        Arrays.parallelPrefix(firstSet, Integer::sum);
        int[] next = firstSet.clone();
        for (int set = 0; set < sets.sets(); set++) {
            for (int at = sets.start(set); at < sets.start(set + 1); at++) {
                setsOf[next[sets.pin(at)]++] = set;
            }
        }
    }

    private void bisect(int from, int until) {
        int blocks = (until - from + rowsInBlock - 1) / rowsInBlock;
        if (blocks <= 1) {
            return;
        }
        int half = blocks / 2;
        int middle = from + half * rowsInBlock;
        expect(1 - P / half, until - from);
        count(left, from, middle, 1);
        count(right, middle, until, 1);
        int round = 0;
        while (round < MOST_ROUNDS && exchange(from, middle, until) * (long) LEAST_MOVED > until - from) {
            round++;
        }
        count(left, from, middle, -1);
        count(right, middle, until, -1);
        bisect(from, middle);
        bisect(middle, until);
    }

    /** Sets hold no more keys of a part than it has. */
    private void expect(double share, int keys) {
        int most = Math.min(touched.length, keys + 2);
        double blocks = 0;
        for (int n = 0; n < most; n++) {
            touched[n] = (float) blocks;
            blocks = 1 + share * blocks;
        }
    }

    private void count(int[] side, int from, int until, int by) {
        for (int at = from; at < until; at++) {
            for (int s = firstSet[order[at]]; s < firstSet[order[at] + 1]; s++) {
                side[setsOf[s]] += by;
            }
        }
    }

    /** One round. @return how many pairs changed sides */
    private int exchange(int from, int middle, int until) {
        rank(from, middle, left, right);
        rank(middle, until, right, left);
        int l = from;
        int r = middle;
        int moved = 0;
        int failures = 0;
        while (l < middle && r < until && gain(ranked[l]) + gain(ranked[r]) > MARGIN) {
            int leftAt = (int) ranked[l];
            int rightAt = (int) ranked[r];
            // The second key's gain is that after the first has moved.
            float gain = move(order[leftAt], left, right) + move(order[rightAt], right, left);
            if (gain > MARGIN) {
                int key = order[leftAt];
                order[leftAt] = order[rightAt];
                order[rightAt] = key;
                moved++;
                l++;
                r++;
                continue;
            }
            float ignored = move(order[rightAt], left, right) + move(order[leftAt], right, left);
            // Each of the two may find another partner.
            if (failures++ % 2 == 0) {
                r++;
            } else {
                l++;
            }
        }
        return moved;
    }

    private void rank(int from, int until, int[] own, int[] other) {
        for (int at = from; at < until; at++) {
            int bits = Float.floatToIntBits(gain(order[at], own, other));
            int ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            ranked[at] = (long) ~ascending << Integer.SIZE | at;
        }
        Arrays.sort(ranked, from, until);
    }

    /** What a place was ranked by. */
    private static float gain(long rank) {
        int ascending = ~(int) (rank >> Integer.SIZE);
        return Float.intBitsToFloat(ascending ^ (ascending >> 31 & Integer.MAX_VALUE));
    }

    /** How much less is to be read when the key goes to the other side. */
    private float gain(int key, int[] own, int[] other) {
        float gain = 0;
        for (int s = firstSet[key]; s < firstSet[key + 1]; s++) {
            int set = setsOf[s];
            gain += touched[other[set]] - touched[own[set] - 1];
        }
        return gain;
    }

    /** @return the gain */
    private float move(int key, int[] from, int[] to) {
        float gain = 0;
        for (int s = firstSet[key]; s < firstSet[key + 1]; s++) {
            int set = setsOf[s];
            gain += touched[to[set]++] - touched[--from[set]];
        }
        return gain;
    }
}
