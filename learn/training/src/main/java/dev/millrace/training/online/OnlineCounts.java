package dev.millrace.training.online;

/** What a learner counts over all models that it learns on. Owned by the learner. */
final class OnlineCounts {
    long learned;
    long skipped;
    long rollBacks;
    /** The event behind the last one that was read. */
    long offset;
}
