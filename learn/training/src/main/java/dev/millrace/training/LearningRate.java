package dev.millrace.training;

/** The optimiser's rate over a run: a linear warm-up, then a cosine down to 2 % when the budget is spent. Immutable. */
record LearningRate(LearningPlan plan, double budgetSeconds) {
    private static final double FLOOR = 0.02;

    double at(long step, double cpuSeconds) {
        double done = Math.min(1, cpuSeconds / budgetSeconds);
        double cosine = FLOOR + (1 - FLOOR) * (1 + Math.cos(Math.PI * done)) / 2;
        double warmup = plan.warmupSteps() == 0 ? 1 : Math.min(1, (step + 1.0) / plan.warmupSteps());
        return plan.learningRate() * warmup * cosine;
    }
}
