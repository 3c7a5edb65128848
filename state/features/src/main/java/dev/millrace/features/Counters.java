package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.FoldedRows;
import dev.millrace.features.rows.RowBatch;
import dev.millrace.model.ActionType;

/**
 * Counts that forget exponentially: per item and kind of action, per item and hour of the day.
 *
 * <p>A count is read as of a time that the caller gives; a time before the newest event reads as of that event. An
 * ordinal outside the state counts 0. One writer (the ingest agent); any thread reads without a lock and without
 * garbage.
 */
public final class Counters {
    static final int HOURS = 24;
    private static final CounterKind[] KINDS = CounterKind.values();
    /** Behind the row's stamp. */
    private static final int FIRST_COUNT = 1;

    private final FoldedRows counts;
    private final FoldedRows hours;
    private final Decay[] decays;
    private final Decay hourDecay;

    Counters(FeaturesConfig config, FeatureTables tables) {
        FeaturesConfig.HalfLives halfLives = config.halfLives();
        this.counts = tables.rows(FeatureTable.ITEM_COUNTS);
        this.hours = tables.rows(FeatureTable.ITEM_HOURS);
        this.hourDecay = new Decay(halfLives.itemHour());
        this.decays = new Decay[KINDS.length];
        for (CounterKind kind : KINDS) {
            decays[kind.column()] = new Decay(halfLives.of(kind));
        }
    }

    /** Reads the counts of the first n items, of every kind, at once. */
    public void readCounts(int[] items, int n, RowBatch into) {
        counts.read(items, n, into);
    }

    /** What {@link #readCounts} read, of one kind. */
    public void counts(RowBatch rows, int n, CounterKind kind, long nowMillis, float[] into) {
        long seconds = EventTime.secondsOfMillis(nowMillis);
        int column = FIRST_COUNT + kind.column();
        Decay decay = decays[kind.column()];
        for (int i = 0; i < n; i++) {
            into[i] = DecayedCounter.read(rows.get(i, column), seconds, decay);
        }
    }

    /** Reads the positive actions on the first n items, of every hour of the day, at once. */
    public void readHours(int[] items, int n, RowBatch into) {
        hours.read(items, n, into);
    }

    /** What {@link #readHours} read, of one hour of the day (UTC, 0 to 23). */
    public void hours(RowBatch rows, int n, int hourOfDay, long nowMillis, float[] into) {
        long seconds = EventTime.secondsOfMillis(nowMillis);
        for (int i = 0; i < n; i++) {
            into[i] = DecayedCounter.read(rows.get(i, FIRST_COUNT + hourOfDay), seconds, hourDecay);
        }
    }

    /** The hour of the day (UTC) that a time lies in. */
    public static int hourOfDay(long millis) {
        return (int) (EventTime.secondsOfMillis(millis) / 3600 % HOURS);
    }

    /** @param offset of the event, which counts once however often it is given */
    void addItem(long offset, int item, ActionType type, long seconds) {
        CounterKind own = CounterKind.of(type);
        if (own == null && !type.isPositive()) {
            return;
        }
        if (counts.edit(item, offset)) {
            if (own != null) {
                add(counts, own.column(), seconds, decays[own.column()]);
            }
            if (type.isPositive()) {
                add(counts, CounterKind.POSITIVE.column(), seconds, decays[CounterKind.POSITIVE.column()]);
            }
            counts.save();
        }
        if (type.isPositive() && hours.edit(item, offset)) {
            add(hours, (int) (seconds / 3600 % HOURS), seconds, hourDecay);
            hours.save();
        }
    }

    void deleteItem(long offset, int item) {
        clear(counts, item, offset);
        clear(hours, item, offset);
    }

    /** An item's rows as a snapshot of the first version held them: kinds, then hours. */
    static long[] countsRow(long[] kept) {
        long[] row = new long[FeatureTable.ITEM_COUNTS.longs()];
        System.arraycopy(kept, 0, row, FIRST_COUNT, KINDS.length);
        return row;
    }

    static long[] hoursRow(long[] kept) {
        long[] row = new long[FeatureTable.ITEM_HOURS.longs()];
        System.arraycopy(kept, KINDS.length, row, FIRST_COUNT, HOURS);
        return row;
    }

    static int longsPerItem() {
        return KINDS.length + HOURS;
    }

    private static void clear(FoldedRows rows, int item, long offset) {
        if (rows.edit(item, offset)) {
            rows.clear();
            rows.save();
        }
    }

    private static void add(FoldedRows rows, int count, long seconds, Decay decay) {
        int column = FIRST_COUNT + count;
        rows.set(column, DecayedCounter.add(rows.get(column), seconds, 1, decay));
    }
}
