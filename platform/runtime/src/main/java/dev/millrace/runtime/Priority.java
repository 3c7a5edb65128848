package dev.millrace.runtime;

/** How long a request may wait before it is turned away: the lower tiers give way first. */
public enum Priority {
    /** A person waits for the answer. */
    INTERACTIVE(0.8),
    /** Batches and imports. */
    BACKGROUND(0.4);

    private final double share;

    Priority(double share) {
        this.share = share;
    }

    /** The part of the permitted queue that this tier may fill. */
    double share() {
        return share;
    }
}
