package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.evaluation.dataset.TimedSequences;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The protocols that are no leave-one-out: what may be learnt from, and what is asked. */
class SplitsTest {
    private static final int ITEMS = 40;
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList();

    @Test
    void randomSplit_eachUser_keepsFourFifthsInTheirOrder() {
        SequenceDataset data = runs(200);
        HeldOutItems split = HeldOutItems.randomSplit(data, 1);
        long kept = split.forTraining().actionCount();
        assertEquals(0.8, kept / (double) data.actionCount(), 0.03);
        for (int[] sequence : split.forTraining().sequences()) {
            for (int i = 1; i < sequence.length; i++) {
                assertTrue(sequence[i - 1] < sequence[i], Arrays.toString(sequence));
            }
        }
        // Whoever names the missing numbers of a run finds everything.
        SetMetrics found = split.measure(new Gaps());
        assertEquals(1, found.recall20(), 0.02);
        assertTrue(found.ndcg10() > 0.9, "NDCG@10 " + found.ndcg10());
    }

    @Test
    void strongGeneralisation_testUsers_areNotLearntFrom() {
        SequenceDataset data = runs(300);
        HeldOutItems split = HeldOutItems.strongGeneralisation(data, 1);
        long cases = split.measure(new Gaps()).cases();
        assertTrue(cases > 10 && cases < 60, cases + " cases");
        int learnt = split.forTraining().userCount();
        assertTrue(learnt >= 240 && learnt <= 300 - cases, learnt + " users are learnt from");
    }

    @Test
    void laterActions_afterTheMoment_areAskedAndNotLearnt() {
        long[][] times = {{1, 2, 3, 98}, {4, 5, 99, 100}, {6, 7, 8, 9}, {10, 11, 12, 13}, {14, 15, 16, 17}};
        int[][] sequences = {{0, 1, 2, 3}, {4, 5, 4, 6}, {7, 8, 9, 10}, {7, 8, 9, 10}, {7, 8, 9, 10}};
        LaterActions split = new LaterActions(new TimedSequences(new SequenceDataset(VOCABULARY, sequences), times));
        assertArrayEquals(
                new int[][] {{0, 1, 2}, {4, 5}, {7, 8, 9, 10}, {7, 8, 9, 10}, {7, 8, 9, 10}},
                split.forTraining().sequences());
        // Item 4 is not new to the second user, so two actions are asked.
        assertEquals(2, split.measure(new Gaps()).cases());
    }

    @Test
    void setMeter_halfFound_countsWhatCouldBeFound() {
        SetMeter meter = new SetMeter();
        float[] scores = new float[ITEMS];
        scores[3] = 3;
        scores[1] = 2;
        meter.add(scores, new int[] {3}, 1, new int[] {1, 39});
        SetMetrics metrics = meter.metrics();
        assertEquals(0.5, metrics.recall20(), 1e-12);
        assertEquals(1 / (1 + 1 / (Math.log(3) / Math.log(2))), metrics.ndcg10(), 1e-12);
        assertEquals(1, metrics.recall50(), 1e-12);
    }

    /** Users whose items are a run of ten numbers. */
    private static SequenceDataset runs(int users) {
        int[][] sequences = new int[users][];
        for (int user = 0; user < users; user++) {
            int first = user % (ITEMS - 10);
            sequences[user] = IntStream.range(first, first + 10).toArray();
        }
        return new SequenceDataset(VOCABULARY, sequences);
    }

    /** Scores an item by how near it is to the middle of the history. */
    private static final class Gaps implements Ranker {
        @Override
        public String name() {
            return "gaps";
        }

        @Override
        public void score(int[] history, int count, float[] scores) {
            double middle = Arrays.stream(history, 0, count).average().orElse(0);
            for (int item = 0; item < scores.length; item++) {
                scores[item] = (float) -Math.abs(item - middle);
            }
        }
    }
}
