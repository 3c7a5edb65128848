package dev.millrace.training;

/**
 * Where a training run stands.
 *
 * @param step batches learnt from so far
 * @param epoch passes over the data so far, with a fraction
 * @param loss mean loss since the previous report; NaN before the first batch
 * @param ndcg10 newest validation NDCG@10; NaN before the first validation
 * @param hr10 newest validation HR@10; NaN before the first validation
 * @param cpuSeconds processor time spent, over all resumed parts
 * @param budgetSeconds processor time after which learning ends
 */
public record TrainingProgress(
        TrainingPhase phase,
        long step,
        double epoch,
        double loss,
        double ndcg10,
        double hr10,
        double cpuSeconds,
        double budgetSeconds) {
    /** Nothing is learnt yet: the data is being read. */
    static TrainingProgress reading(TrainingConfig config) {
        return new TrainingProgress(
                TrainingPhase.READING,
                0,
                0,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                0,
                config.cpuBudget().toNanos() / 1e9);
    }
}
