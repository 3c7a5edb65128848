package dev.millrace.index;

/** Hears how far a build has come; called from the building threads, often, so it must be quick. */
@FunctionalInterface
public interface Progress {
    /**
     * @param done steps done so far, never more than {@code total}
     * @param total all steps of the build
     */
    void update(long done, long total);

    static Progress none() {
        return (done, total) -> {};
    }
}
