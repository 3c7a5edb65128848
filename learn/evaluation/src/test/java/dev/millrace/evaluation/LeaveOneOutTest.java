package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.evaluation.rankers.PopularityRanker;
import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

class LeaveOneOutTest {
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, 4).mapToObj(i -> new ItemId("i" + i)).toList();

    private final LeaveOneOut protocol =
            new LeaveOneOut(new SequenceDataset(VOCABULARY, new int[][] {{0, 1, 2}, {1, 3, 0}, {2}}));

    @Test
    void split_threeUsers_keepsBackTheLastActions() {
        assertArrayEquals(
                new int[][] {{0, 1}, {1, 3}, {}}, protocol.forTraining().sequences());
        assertArrayEquals(new int[][] {{0}, {1}, {}}, protocol.forFitting());
    }

    @Test
    void measure_popularity_ranksUnseenItemsOnly() {
        // Counts over {0,1},{1,3}: item 1 twice, items 0 and 3 once. User 1's target 2: only 3 is before it; user 2's
        // target 0: nothing unseen is more popular. The third user has no history and no case.
        RankingMetrics metrics =
                protocol.measure(new PopularityRanker(protocol.forTraining().sequences(), 4));
        assertEquals(2, metrics.cases());
        assertEquals(0.5, metrics.hr1(), 1e-12);
        assertEquals((1 + 1 / (Math.log(3) / Math.log(2))) / 2, metrics.ndcg10(), 1e-12);
    }
}
