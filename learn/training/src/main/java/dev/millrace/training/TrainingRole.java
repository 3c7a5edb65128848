package dev.millrace.training;

/** What a model is trained for. */
public enum TrainingRole {
    /** To be served as it is. */
    ALONE,
    /** To be learnt from: published and kept for students, but never made live by training. */
    TEACHER,
    /** To be served in place of its teacher. */
    STUDENT,
    /** To order what models and indexes propose, by what was shown and what followed. */
    RANKER
}
