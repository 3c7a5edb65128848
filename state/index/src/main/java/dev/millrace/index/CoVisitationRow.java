package dev.millrace.index;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** The partners of one item with their forward-decayed weights; guarded by its stripe of {@link CoVisitation}. */
final class CoVisitationRow {
    /** Weight that every item is thought to have had elsewhere: one chance meeting is no certainty. */
    static final double PRIOR = 3;

    /** A float holds 2^127; moving the base at 2^64 leaves room for the weights. */
    private static final double MAX_HALF_LIVES = 64;

    final int item;
    int place;
    /** The mark of the last capture that has this row behind it. */
    int captured = CoVisitationCapture.NEVER;

    long touchedMillis;
    volatile long baseMillis;
    /** All weight that the item ever gained, with that of partners it lost. */
    volatile double mass;

    private int size;
    private int[] partners = new int[4];
    private float[] weights = new float[4];

    CoVisitationRow(int item, long millis) {
        this.item = item;
        baseMillis = millis;
        touchedMillis = millis;
    }

    void add(int partner, float weight, long millis, ForwardDecay decay, int capacity) {
        moveBase(millis, decay);
        float grown = (float) (weight * decay.growth(baseMillis, millis));
        double before = mass;
        mass = before + grown;
        touchedMillis = Math.max(touchedMillis, millis);
        int at = indexOf(partner);
        if (at >= 0) {
            weights[at] += grown;
        } else if (size < capacity) {
            append(partner, grown, capacity);
        } else {
            replaceWeakest(partner, grown, millis);
        }
    }

    // May run while the writer changes the row: trusts no length, and its reader validates afterwards.
    int copy(int limit, int[] intoPartners, float[] intoWeights) {
        int[] p = partners;
        float[] w = weights;
        int count = Math.min(Math.min(size, limit), Math.min(p.length, w.length));
        System.arraycopy(p, 0, intoPartners, 0, count);
        System.arraycopy(w, 0, intoWeights, 0, count);
        return count;
    }

    void save(DataOutput out) throws IOException {
        out.writeInt(item);
        out.writeLong(baseMillis);
        out.writeLong(touchedMillis);
        out.writeDouble(mass);
        out.writeInt(size);
        for (int i = 0; i < size; i++) {
            out.writeInt(partners[i]);
            out.writeFloat(weights[i]);
        }
    }

    /** Keeps the first partners where fewer are allowed now than when they were saved. */
    static CoVisitationRow load(DataInput in, int capacity) throws IOException {
        CoVisitationRow row = new CoVisitationRow(Formats.ordinal("co-visitation", in.readInt()), in.readLong());
        row.touchedMillis = in.readLong();
        row.mass = in.readDouble();
        int saved = Formats.within("co-visitation partners", in.readInt(), 0, 256);
        for (int i = 0; i < saved; i++) {
            int partner = Formats.ordinal("co-visitation", in.readInt());
            float weight = in.readFloat();
            if (i < capacity) {
                row.append(partner, weight, capacity);
            }
        }
        return row;
    }

    /** The finaliser of SplitMix64: every bit of the result depends on every bit of the value. */
    static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private void moveBase(long millis, ForwardDecay decay) {
        if (decay.halfLives(baseMillis, millis) > MAX_HALF_LIVES) {
            double factor = 1 / decay.growth(baseMillis, millis);
            for (int i = 0; i < size; i++) {
                weights[i] *= (float) factor;
            }
            double before = mass;
            mass = before * factor;
            baseMillis = millis;
        }
    }

    private int indexOf(int partner) {
        for (int i = 0; i < size; i++) {
            if (partners[i] == partner) {
                return i;
            }
        }
        return -1;
    }

    private void append(int partner, float weight, int capacity) {
        if (size == partners.length) {
            int length = Math.min(capacity, 2 * size);
            partners = Arrays.copyOf(partners, length);
            weights = Arrays.copyOf(weights, length);
        }
        partners[size] = partner;
        weights[size++] = weight;
    }

    private void replaceWeakest(int partner, float weight, long millis) {
        int weakest = 0;
        for (int i = 1; i < size; i++) {
            if (weights[i] < weights[weakest]) {
                weakest = i;
            }
        }
        float sum = weights[weakest] + weight;
        double chance = (mix(mix(((long) item << 32) | partner) ^ millis) >>> 11) * 0x1.0p-53;
        if (chance * sum < weight) {
            partners[weakest] = partner;
            weights[weakest] = sum;
        }
    }
}
