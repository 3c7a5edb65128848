package dev.millrace.evaluation;

/** How well several right items per case are found in a full ranking; recall is of the most that could be found. */
public record SetMetrics(long cases, double ndcg10, double recall20, double recall50, double ndcg100) {
    /** The protocol asks for one item per case. */
    public static final SetMetrics NONE = new SetMetrics(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
}
