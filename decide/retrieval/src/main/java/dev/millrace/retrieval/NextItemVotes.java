package dev.millrace.retrieval;

import java.util.Arrays;

/** What each item votes for next, by the catalogue's numbers. Immutable. */
public final class NextItemVotes {
    private static final int NONE = -1;

    private final String version;
    private final int perItem;
    private final float decay;
    private final int reach;
    private final int[] rows;
    private final int[] targets;
    private final float[] strengths;

    /**
     * @param version of what they were made from
     * @param perItem how many votes an item has room for
     * @param decay what an item's votes are worth, of those of the item after it
     * @param reach how many of the newest items vote
     * @param rows the row of each item of the catalogue; −1 for none. Not copied, nor are the others
     * @param targets rows × perItem; −1 where there is none
     * @param strengths rows × perItem
     */
    public NextItemVotes(
            String version, int perItem, float decay, int reach, int[] rows, int[] targets, float[] strengths) {
        this.version = version;
        this.perItem = perItem;
        this.decay = decay;
        this.reach = reach;
        this.rows = rows;
        this.targets = targets;
        this.strengths = strengths;
    }

    /** Nobody votes. */
    public static NextItemVotes none() {
        return new NextItemVotes("", 1, 1, 1, new int[0], new int[0], new float[0]);
    }

    /** What they were made from; empty for none. */
    public String version() {
        return version;
    }

    int perItem() {
        return perItem;
    }

    float decay() {
        return decay;
    }

    int reach() {
        return reach;
    }

    /** How many items have votes. */
    public int voters() {
        return (int) Arrays.stream(rows).filter(row -> row != NONE).count();
    }

    /** Copies an item's votes, and tells how many there are. */
    int read(int item, int[] intoTargets, float[] intoStrengths) {
        int row = item < rows.length ? rows[item] : NONE;
        int count = 0;
        for (int i = 0; row != NONE && i < perItem; i++) {
            int target = targets[row * perItem + i];
            if (target != NONE) {
                intoTargets[count] = target;
                intoStrengths[count++] = strengths[row * perItem + i];
            }
        }
        return count;
    }
}
