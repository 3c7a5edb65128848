package dev.millrace.training;

/** What a training run is doing now. */
public enum TrainingPhase {
    READING,
    WARM_START,
    LEARNING,
    VALIDATING,
    EXPORTING
}
