package dev.millrace.recommend.stages;

/** Whether a ranker has ordered the candidates of a request. Owned by one request. */
public final class Ranking {
    private boolean known;

    void reset() {
        known = false;
    }

    void markKnown() {
        known = true;
    }

    public boolean isKnown() {
        return known;
    }
}
