package dev.millrace.evaluation.rankers;

/** Something that gives every item of a vocabulary a score for what a user did before. Owned by one thread. */
public interface Ranker {
    /** The name under which its results are reported. */
    String name();

    /**
     * @param history vocabulary indexes, oldest first
     * @param count how many of them to read; may be 0
     * @param scores receives one score per item of the vocabulary; higher is better
     */
    void score(int[] history, int count, float[] scores);
}
