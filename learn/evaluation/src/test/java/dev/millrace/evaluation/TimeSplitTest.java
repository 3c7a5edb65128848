package dev.millrace.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.evaluation.dataset.KuaiRandClicks;
import dev.millrace.evaluation.dataset.KuaiRandClicks.Impression;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.model.ItemId;
import dev.millrace.samples.SequenceDataset;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

class TimeSplitTest {
    private static final List<ItemId> VOCABULARY =
            IntStream.range(0, 4).mapToObj(i -> new ItemId("v" + i)).toList();

    @Test
    void measure_clicksAfterTheSplit_extendTheHistoryInTime() {
        KuaiRandClicks data = new KuaiRandClicks(
                new SequenceDataset(VOCABULARY, new int[][] {{0}, {}}),
                List.of(
                        new Impression(0, 1, false),
                        new Impression(0, 2, true),
                        new Impression(1, 3, false),
                        new Impression(0, 3, true),
                        new Impression(0, 2, true)));
        List<String> seen = new ArrayList<>();
        TimeSplit.Measured measured = new TimeSplit(data).measure(recorder(seen));
        assertEquals(List.of("[0]", "[0, 2]", "[0, 2, 3]", "[]"), seen);
        assertEquals(2, measured.ranking().cases(), "the second click on video 2 is no new video");
        assertEquals(5, measured.scoring().impressions());
    }

    /** Scores each item by its number and keeps what it was asked. */
    private static Ranker recorder(List<String> seen) {
        return new Ranker() {
            @Override
            public String name() {
                return "recorder";
            }

            @Override
            public void score(int[] history, int count, float[] scores) {
                seen.add(java.util.Arrays.toString(java.util.Arrays.copyOf(history, count)));
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = i;
                }
            }
        };
    }
}
