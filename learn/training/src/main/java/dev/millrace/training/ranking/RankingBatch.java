package dev.millrace.training.ranking;

import dev.millrace.training.network.IndexTensor;
import dev.millrace.training.network.SequenceNetwork;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/**
 * Some rows of the examples as libtorch takes them; freed with the pointer scope it is made in.
 *
 * @param numbers rows × numbers, standardised
 * @param itemBags all items of the examples
 * @param userBags one bag a row
 * @param candidates the item of each row
 * @param history rows · history items, the newest last, filled up in front
 * @param attention what of the history counts
 */
record RankingBatch(
        int size,
        Tensor numbers,
        Bags itemBags,
        Bags userBags,
        Tensor candidates,
        Tensor history,
        Attention attention) {
    /** Bags of table rows, filled up to one width; {@code shares} is 1 ÷ the bag's size, and 0 for what fills up. */
    record Bags(int count, int width, Tensor rows, Tensor shares) {
        static Bags of(int[][] bags) {
            int width = 1;
            for (int[] bag : bags) {
                width = Math.max(width, bag.length);
            }
            int[] rows = new int[bags.length * width];
            float[] shares = new float[rows.length];
            for (int i = 0; i < bags.length; i++) {
                System.arraycopy(bags[i], 0, rows, i * width, bags[i].length);
                Arrays.fill(shares, i * width, i * width + bags[i].length, 1f / Math.max(1, bags[i].length));
            }
            return new Bags(bags.length, width, IndexTensor.of(rows, rows.length), Tensor.create(shares, new long[] {
                shares.length, 1
            }));
        }
    }

    /**
     * What of the history counts.
     *
     * @param mask rows × history: 0 where there is an item, a large negative number where not
     * @param any rows × 1: 0 for users without a history
     */
    record Attention(Tensor mask, Tensor any) {}

    Tensor historyMask() {
        return attention.mask();
    }

    Tensor hasHistory() {
        return attention.any();
    }

    /** @param rows which rows of the examples */
    static RankingBatch of(RankingExamples examples, NumberScale scale, ExampleBags bags, int[] rows, int length) {
        int n = rows.length;
        float[] numbers = new float[n * examples.width()];
        int[] candidates = new int[n];
        int[][] users = new int[n][];
        int[] history = new int[n * length];
        float[] mask = new float[n * length];
        float[] any = new float[n];
        Arrays.fill(mask, SequenceNetwork.MASKED);
        for (int i = 0; i < n; i++) {
            scale.write(examples, rows[i], numbers, i * examples.width());
            candidates[i] = examples.item(rows[i]);
            users[i] = bags.users()[examples.user(rows[i])];
            int[] met = examples.history(rows[i]);
            System.arraycopy(met, 0, history, (i + 1) * length - met.length, met.length);
            Arrays.fill(mask, (i + 1) * length - met.length, (i + 1) * length, 0);
            any[i] = met.length == 0 ? 0 : 1;
        }
        return new RankingBatch(
                n,
                Tensor.create(numbers, new long[] {n, examples.width()}),
                bags.items(),
                Bags.of(users),
                IndexTensor.of(candidates, n),
                IndexTensor.of(history, history.length),
                new Attention(Tensor.create(mask, new long[] {n, length}), Tensor.create(any, new long[] {n, 1})));
    }
}
