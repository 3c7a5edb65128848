package dev.millrace.index;

/** The most popular items of late, kept in order by exponentially decayed weight. One writer; any thread may read. */
public final class Trending {
    public Trending(TrendingConfig config) {}

    /** Counts an action of the given weight, above 0. */
    public void record(int item, float weight, long millis) {}

    public void remove(int item) {}

    /** The decayed weight of an item. */
    public float score(int item, long nowMillis) {
        return 0;
    }

    /** Reads up to {@code limit} items, most popular first, with their decayed weights; returns how many. */
    public int top(int limit, long nowMillis, int[] ordinals, float[] scores) {
        return 0;
    }
}
