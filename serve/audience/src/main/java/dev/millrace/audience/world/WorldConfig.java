package dev.millrace.audience.world;

/**
 * The size and the chance of a simulated world.
 *
 * @param seed the same seed makes the same world and the same people
 * @param items how many items there are at the start
 * @param people how many people there are
 * @param topics what items are about; shown in the catalogue, one in {@link #MISLABELLED} wrongly
 * @param styles how items are made; shown nowhere, only clicks tell
 */
public record WorldConfig(long seed, int items, int people, int topics, int styles) {
    /** The share of items whose first topic in the catalogue is not the true one. */
    public static final double MISLABELLED = 0.1;

    public WorldConfig {
        requireAtLeast("items", items, 50);
        requireAtLeast("people", people, 10);
        requireAtLeast("topics", topics, 6);
        requireAtLeast("styles", styles, 2);
        if (topics > Titles.TOPICS.size()) {
            throw new IllegalArgumentException("topics is " + topics + "; give at most " + Titles.TOPICS.size());
        }
    }

    public static WorldConfig standard() {
        return new WorldConfig(1, 1500, 4000, 20, 6);
    }

    public WorldConfig withSeed(long changed) {
        return new WorldConfig(changed, items, people, topics, styles);
    }

    public WorldConfig withSize(int itemCount, int peopleCount) {
        return new WorldConfig(seed, itemCount, peopleCount, topics, styles);
    }

    private static void requireAtLeast(String field, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(field + " is " + value + "; give " + least + " or more");
        }
    }
}
