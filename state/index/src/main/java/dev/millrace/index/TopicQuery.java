package dev.millrace.index;

/** A weighted set of terms to search the topic index for; reused, owned by one request. */
public final class TopicQuery {
    /** More terms cost time and add little: the heaviest ones are searched for. */
    public static final int MAX_TERMS = 24;

    private int size;

    public void clear() {
        size = 0;
    }

    public int size() {
        return size;
    }

    /** Adds to the weight of a term. */
    public void add(int term, float weight) {}
}
