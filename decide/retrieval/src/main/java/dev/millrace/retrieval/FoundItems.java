package dev.millrace.retrieval;

/** Where an index writes what it found before it goes into a buffer; owned by one retrieval at a time. */
final class FoundItems {
    /** No source gives more than this at a time. */
    static final int MAX = 10_000;

    int[] items = new int[256];
    float[] scores = new float[256];
    long[] millis = new long[256];

    /** Makes room for this many, within the limit; returns for how many. */
    int room(int wanted) {
        int count = Math.clamp(wanted, 1, MAX);
        if (items.length < count) {
            items = new int[count];
            scores = new float[count];
            millis = new long[count];
        }
        return count;
    }

    int copyTo(CandidateBuffer into, int count) {
        int added = 0;
        while (added < count && into.add(items[added], scores[added])) {
            added++;
        }
        return added;
    }
}
