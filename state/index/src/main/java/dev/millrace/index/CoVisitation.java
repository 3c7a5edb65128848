package dev.millrace.index;

import org.jspecify.annotations.Nullable;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.StampedLock;

/**
 * Which items the same users turn to soon after one another, kept live. One writer; any thread may read, without a lock
 * unless the writer gets in the way of the same stripe four times in a row.
 *
 * <p>Each item that was ever part of a pair owns a row of at most {@code neighbours} partners with
 * {@linkplain ForwardDecay forward-decayed} weights. An action costs O(window × neighbours): each recent item gains the
 * new one as a partner, and the new one gains the recent one at half the weight, both divided by the square root of how
 * many actions lie between. A full row takes a new partner in place of its weakest with the chance
 * {@code weight / (weakest + weight)}, at the sum of both, which keeps frequent partners unbiased in bounded memory
 * (randomised admission, Ben Basat et al., 2017); the chance is drawn from the pair and its time, so that a replay gives
 * the same rows. When {@code maxItems} rows exist, the longest untouched of eight drawn ones makes room.
 */
public final class CoVisitation {
    static final int FORMAT = 1;
    private static final int STRIPES = 64;
    private static final int OPTIMISTIC_TRIES = 4;
    private static final int EVICTION_DRAWS = 8;
    /** One that follows is worth more as an answer than one that went before. */
    private static final float BACKWARD = 0.5f;

    private final StampedLock[] locks = new StampedLock[STRIPES];
    private final ForwardDecay decay;
    private final CoVisitationConfig config;
    private final CoVisitationRow[] owners;
    private int rowCount;
    private long draws;
    private int captures;
    private @Nullable CoVisitationCapture capture;

    private volatile @Nullable CoVisitationRow[] rows = new CoVisitationRow[1_024];

    public CoVisitation(CoVisitationConfig config) {
        this.config = config;
        decay = new ForwardDecay(config.halfLife().toMillis());
        owners = new CoVisitationRow[config.maxItems()];
        Arrays.setAll(locks, i -> new StampedLock());
    }

    /**
     * Counts an item that a user turned to.
     *
     * @param recent the user's items before this one, newest last
     * @param count how many of {@code recent} are filled
     * @param weight how much the action says, above 0
     */
    public void update(int[] recent, int count, int item, float weight, long millis) {
        Bounds.requireOrdinal(item);
        Bounds.require("weight", weight, Float.MIN_VALUE, 1e9);
        int oldest = Math.max(0, count - config.window());
        for (int i = count - 1; i >= oldest; i--) {
            int other = recent[i];
            if (other != item) {
                float pair = (float) (weight / Math.sqrt(count - i));
                add(other, item, pair, millis);
                add(item, other, pair * BACKWARD, millis);
            }
        }
    }

    /** Forgets an item as the owner of partners; as a partner of others it fades. */
    public void remove(int item) {
        Bounds.requireOrdinal(item);
        CoVisitationRow row = row(item);
        if (row != null) {
            release(row);
        }
    }

    /**
     * Reads up to {@code limit} partners of an item, strongest first.
     *
     * @param ordinals receives the partners
     * @param scores receives their strengths, 0 to 1: the weight of the pair against that of all pairs of either item
     * @return how many were read
     */
    public int neighbours(int item, int limit, long nowMillis, int[] ordinals, float[] scores) {
        CoVisitationRow row = item < 0 ? null : row(item);
        if (row == null || limit <= 0) {
            return 0;
        }
        int count = copy(row, Math.min(ordinals.length, scores.length), ordinals, scores);
        double shrink = 1 / decay.growth(row.baseMillis, nowMillis);
        double own = row.mass * shrink + CoVisitationRow.PRIOR;
        requireMasses(count, ordinals);
        for (int i = 0; i < count; i++) {
            double mass = own * (mass(ordinals[i], nowMillis) + CoVisitationRow.PRIOR);
            scores[i] = (float) Math.min(1, scores[i] * shrink / Math.sqrt(mass));
        }
        sort(count, ordinals, scores);
        return Math.min(count, limit);
    }

    /** How many items have partners. */
    public int size() {
        return rowCount;
    }

    /** Writes everything, to be read by {@link #load}. Writer only. */
    public void save(DataOutput out) throws IOException {
        CoVisitationCapture whole = capture();
        whole.write(out, Integer.MAX_VALUE);
        whole.close();
    }

    /** Begins to read everything as it is now, while it goes on. One capture at a time. Writer only. */
    public CoVisitationCapture capture() {
        if (capture != null) {
            throw new IllegalStateException("a capture is under way; close it first");
        }
        CoVisitationCapture begun = new CoVisitationCapture(
                this, Arrays.copyOf(owners, rowCount), decay.halfLifeMillis(), draws, ++captures);
        capture = begun;
        return begun;
    }

    void end(CoVisitationCapture ended) {
        if (capture == ended) {
            capture = null;
        }
    }

    /** Replaces everything by what {@link #save} wrote; the half-life must be the same. Writer only. */
    public void load(DataInput in) throws IOException {
        Formats.require("co-visitation", in.readInt(), FORMAT);
        Formats.requireSame("co-visitation half-life in milliseconds", in.readLong(), decay.halfLifeMillis());
        draws = in.readLong();
        rows = new CoVisitationRow[1_024];
        Arrays.fill(owners, 0, rowCount, null);
        rowCount = 0;
        int saved = Formats.within("co-visitation rows", in.readInt(), 0, config.maxItems());
        for (int i = 0; i < saved; i++) {
            CoVisitationRow row = CoVisitationRow.load(in, config.neighbours());
            row.place = rowCount;
            owners[rowCount++] = row;
            publish(row.item, row);
        }
    }

    private @Nullable CoVisitationRow row(int item) {
        @Nullable CoVisitationRow[] current = rows;
        return item < current.length ? current[item] : null;
    }

    private double mass(int item, long nowMillis) {
        CoVisitationRow row = row(item);
        return row == null ? 0 : row.mass / decay.growth(row.baseMillis, nowMillis);
    }

    // These reads do not wait for each other, as they do between the roots that follow, so that the rows come from
    // memory
    // together; the check keeps them from being optimised away.
    private void requireMasses(int count, int[] ordinals) {
        double least = 0;
        for (int i = 0; i < count; i++) {
            CoVisitationRow row = row(ordinals[i]);
            least = Math.min(least, row == null ? 0 : row.mass);
        }
        if (least < 0) {
            throw new IllegalStateException("a co-visitation row has the mass " + least);
        }
    }

    private int copy(CoVisitationRow row, int limit, int[] partners, float[] weights) {
        StampedLock lock = locks[row.item % STRIPES];
        for (int i = 0; i < OPTIMISTIC_TRIES; i++) {
            long stamp = lock.tryOptimisticRead();
            if (stamp != 0) {
                int count = row.copy(limit, partners, weights);
                if (lock.validate(stamp)) {
                    return count;
                }
            }
        }
        long stamp = lock.readLock();
        try {
            return row.copy(limit, partners, weights);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    // Rows are short, and all but the newest changes are in order already.
    private static void sort(int count, int[] ordinals, float[] scores) {
        for (int i = 1; i < count; i++) {
            int ordinal = ordinals[i];
            float score = scores[i];
            int at = i;
            for (; at > 0 && scores[at - 1] < score; at--) {
                ordinals[at] = ordinals[at - 1];
                scores[at] = scores[at - 1];
            }
            ordinals[at] = ordinal;
            scores[at] = score;
        }
    }

    private void add(int item, int partner, float weight, long millis) {
        CoVisitationRow row = row(item);
        if (row == null) {
            row = allocate(item, millis);
        } else if (capture != null) {
            capture.before(row);
        }
        StampedLock lock = locks[item % STRIPES];
        long stamp = lock.writeLock();
        try {
            row.add(partner, weight, millis, decay, config.neighbours());
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private CoVisitationRow allocate(int item, long millis) {
        if (rowCount == config.maxItems()) {
            release(longestUntouched());
        }
        CoVisitationRow row = new CoVisitationRow(item, millis);
        if (capture != null) {
            capture.leaveOut(row);
        }
        row.place = rowCount;
        owners[rowCount++] = row;
        publish(item, row);
        return row;
    }

    private CoVisitationRow longestUntouched() {
        CoVisitationRow oldest = owners[draw()];
        for (int i = 1; i < EVICTION_DRAWS; i++) {
            CoVisitationRow other = owners[draw()];
            if (other.touchedMillis < oldest.touchedMillis) {
                oldest = other;
            }
        }
        return oldest;
    }

    private int draw() {
        return (int) Long.remainderUnsigned(CoVisitationRow.mix(draws++), rowCount);
    }

    private void release(CoVisitationRow row) {
        publish(row.item, null);
        CoVisitationRow last = owners[--rowCount];
        owners[row.place] = last;
        last.place = row.place;
    }

    private void publish(int item, @Nullable CoVisitationRow row) {
        @Nullable CoVisitationRow[] current = rows;
        if (item >= current.length) {
            current = Arrays.copyOf(current, Math.max(item + 1, current.length + (current.length >> 1)));
        }
        current[item] = row;
        rows = current; // a volatile write: what the row holds is visible with it
    }
}
