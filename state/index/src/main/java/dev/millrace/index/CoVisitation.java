package dev.millrace.index;

/** Which items the same users turn to soon after one another, kept live. One writer; any thread may read. */
public final class CoVisitation {
    public CoVisitation(CoVisitationConfig config) {}

    /**
     * Counts an item that a user turned to.
     *
     * @param recent the user's items before this one, newest last
     * @param count how many of {@code recent} are filled
     * @param weight how much the action says, above 0
     */
    public void update(int[] recent, int count, int item, float weight, long millis) {}

    /** Forgets an item as the owner of partners; as a partner of others it fades. */
    public void remove(int item) {}

    /**
     * Reads up to {@code limit} partners of an item, strongest first.
     *
     * @param ordinals receives the partners
     * @param scores receives their strengths, in (0, 1]: how sure it is that one leads to the other
     * @return how many were read
     */
    public int neighbours(int item, int limit, long nowMillis, int[] ordinals, float[] scores) {
        return 0;
    }
}
