package dev.millrace.training.ranking;

import java.util.function.UnaryOperator;

/**
 * Which rows of a network's tables each item and each user of some examples has. Immutable by convention.
 *
 * @param items all items of the examples, as libtorch takes them
 * @param users by the user's number
 */
@SuppressWarnings("ArrayRecordComponent") // read by index; never compared
record ExampleBags(RankingBatch.Bags items, int[][] users) {
    /** For whole tables. */
    static ExampleBags of(RankingExamples examples) {
        return of(examples, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /**
     * @param item gives the rows of an item's bag their numbers
     * @param user does so for users
     */
    static ExampleBags of(RankingExamples examples, UnaryOperator<int[]> item, UnaryOperator<int[]> user) {
        int[][] items = new int[examples.itemCount()][];
        for (int i = 0; i < items.length; i++) {
            items[i] = item.apply(examples.itemBag(i));
        }
        int[][] users = new int[examples.userCount()][];
        for (int i = 0; i < users.length; i++) {
            users[i] = user.apply(examples.userBag(i));
        }
        return new ExampleBags(RankingBatch.Bags.of(items), users);
    }
}
