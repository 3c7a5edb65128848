package dev.millrace.evaluation;

/** Measures models on a dataset under its protocol: what {@code millrace evaluate} runs. Single-threaded. */
public final class Evaluation {
    private Evaluation() {}

    /** Fits the baselines, trains or loads the model, and ranks every test case with each of them. */
    public static EvaluationReport run(EvaluationRequest request) {
        throw new UnsupportedOperationException("evaluating " + request.data());
    }
}
