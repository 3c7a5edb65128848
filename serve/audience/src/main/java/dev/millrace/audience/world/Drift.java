package dev.millrace.audience.world;

/** A change of the whole audience at one moment, planted to see how fast a recommender follows. */
public enum Drift {
    /** Everybody turns to other topics, and those that had the fewest friends have the most from then on. */
    TASTES,
    /** What was well made is out of fashion, and what was badly made is in: each item's quality changes its sign. */
    FASHION,
    /** Both at once. */
    BOTH;

    boolean changesTastes() {
        return this != FASHION;
    }

    boolean changesFashion() {
        return this != TASTES;
    }
}
