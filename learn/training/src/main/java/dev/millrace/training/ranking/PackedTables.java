package dev.millrace.training.ranking;

import dev.millrace.training.network.WeightLayout;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * The rows of both tables that examples have, numbered without gaps. Immutable.
 *
 * <p>Every step moves all weights, so tables that have no other rows cost less time and learn the same: what no example has gets no
 * gradient. In the whole tables such rows are 0, towards which those shrink that occur and are not learnt from.
 */
final class PackedTables {
    private final RankerConfig config;
    private final Table items;
    private final Table users;

    PackedTables(RankingExamples examples, RankerConfig config) {
        this.config = config;
        this.items = Table.of(examples.itemCount(), examples::itemBag, config.tableRows());
        this.users = Table.of(examples.userCount(), examples::userBag, config.tableRows());
    }

    /** The network's weights, with these tables. */
    WeightLayout layout(int numbers) {
        return RankerNetwork.layout(config, numbers, items.count(), users.count());
    }

    /** The bags of the examples by the rows of these tables. */
    ExampleBags bags(RankingExamples examples) {
        return ExampleBags.of(examples, items::numbers, users::numbers);
    }

    /** The weights of a network with whole tables. */
    float[] whole(float[] packed, int numbers) {
        WeightLayout from = layout(numbers);
        WeightLayout to = RankerNetwork.layout(config, numbers);
        float[] whole = new float[to.length()];
        from.slots().forEach((name, slot) -> {
            int offset = to.slot(name).offset();
            switch (name) {
                case RankerNetwork.ITEMS -> items.spread(packed, slot.offset(), whole, offset, config.dimension());
                case RankerNetwork.USERS -> users.spread(packed, slot.offset(), whole, offset, config.dimension());
                default -> System.arraycopy(packed, slot.offset(), whole, offset, slot.length());
            }
        });
        return whole;
    }

    /** One table: the rows that occur, and the number of each. */
    @SuppressWarnings("ArrayRecordComponent") // read by index; never compared
    private record Table(int[] rows, int[] numberOf) {
        static Table of(int bags, IntFunction<int[]> bag, int tableRows) {
            int[] numberOf = new int[tableRows];
            Arrays.fill(numberOf, -1);
            int[] rows = new int[tableRows];
            int count = 0;
            for (int i = 0; i < bags; i++) {
                for (int row : bag.apply(i)) {
                    if (numberOf[row] < 0) {
                        numberOf[row] = count;
                        rows[count++] = row;
                    }
                }
            }
            return new Table(Arrays.copyOf(rows, count), numberOf);
        }

        /** One at least: bags without rows are filled up with the first, which then counts for nothing. */
        int count() {
            return Math.max(1, rows.length);
        }

        int[] numbers(int[] bag) {
            int[] numbers = new int[bag.length];
            for (int i = 0; i < bag.length; i++) {
                numbers[i] = numberOf[bag[i]];
            }
            return numbers;
        }

        void spread(float[] packed, int from, float[] whole, int to, int dimension) {
            for (int number = 0; number < rows.length; number++) {
                System.arraycopy(packed, from + number * dimension, whole, to + rows[number] * dimension, dimension);
            }
        }
    }
}
