package dev.millrace.evaluation;

/**
 * Means over test cases in which one item is right: hit rates and discounted gains at the usual depths.
 *
 * @param cases how many targets were ranked
 */
public record RankingMetrics(
        long cases, double hr1, double hr10, double ndcg10, double hr50, double ndcg50, double hr200, double ndcg200) {
    /** The protocol asks for several items per case. */
    public static final RankingMetrics NONE = new RankingMetrics(0, 0, 0, 0, 0, 0, 0, 0);
}
