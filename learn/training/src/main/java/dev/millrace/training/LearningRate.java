package dev.millrace.training;

/**
 * The optimiser's rate over a run: a linear warm-up, then a cosine down to 2 % when the budget is spent. Immutable.
 *
 * <p>The warm-up lasts the planned steps, but no longer than a twentieth of the budget.
 */
record LearningRate(LearningPlan plan, double startSeconds, double budgetSeconds) {
    private static final double FLOOR = 0.02;
    private static final double WARMUP_SHARE = 0.05;

    double at(long step, double cpuSeconds) {
        double start = startSeconds / budgetSeconds;
        double done = Math.min(1, cpuSeconds / budgetSeconds);
        double cosine = FLOOR + (1 - FLOOR) * (1 + Math.cos(Math.PI * done)) / 2;
        double bySteps = plan.warmupSteps() == 0 ? 1 : (step + 1.0) / plan.warmupSteps();
        double warmup = Math.min(1, Math.max(bySteps, (done - start) / WARMUP_SHARE));
        return plan.learningRate() * warmup * cosine;
    }
}
