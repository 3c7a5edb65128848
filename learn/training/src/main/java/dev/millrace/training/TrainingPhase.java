package dev.millrace.training;

/** What a training run is doing now. */
public enum TrainingPhase {
    READING,
    WARM_START,
    ASKING_TEACHER,
    LEARNING,
    VALIDATING,
    EXPORTING
}
