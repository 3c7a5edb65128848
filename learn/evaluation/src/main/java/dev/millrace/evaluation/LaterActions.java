package dev.millrace.evaluation;

import dev.millrace.evaluation.dataset.TimedSequences;
import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.TargetRank;

import java.util.Arrays;

/**
 * The time split of plain interactions: models are fitted on what happened before a moment, and asked for what each user
 * did after it, one action after the other. Immutable by convention.
 */
public final class LaterActions {
    public static final String PROTOCOL =
            "time split: fitted on the first nine tenths of all actions by time; then each user's first 20 later actions on"
                    + " items new to the user are ranked against the full catalogue, seen items excluded, given all that the"
                    + " user did before each; models are not refitted";

    private static final double LEARNT = 0.9;

    /** Very active users shall not be most of the cases. */
    private static final int PER_USER = 20;

    private final SequenceDataset dataset;
    private final SequenceDataset training;

    public LaterActions(TimedSequences data) {
        this.dataset = data.dataset();
        long[] all = Arrays.stream(data.times())
                .flatMapToLong(Arrays::stream)
                .sorted()
                .toArray();
        long moment = all.length == 0 ? 0 : all[(int) (LEARNT * (all.length - 1))];
        int[][] before = new int[dataset.userCount()][];
        for (int user = 0; user < before.length; user++) {
            long[] times = data.times()[user];
            int count = 0;
            while (count < times.length && times[count] < moment) {
                count++;
            }
            before[user] = Arrays.copyOf(dataset.sequences()[user], count);
        }
        this.training = new SequenceDataset(dataset.vocabulary(), before);
    }

    /** What models are fitted on. */
    public SequenceDataset forTraining() {
        return training;
    }

    public RankingMetrics measure(Ranker ranker) {
        RankingMeter meter = new RankingMeter();
        float[] scores = new float[dataset.itemCount()];
        for (int user = 0; user < dataset.userCount(); user++) {
            int[] sequence = dataset.sequences()[user];
            int first = training.sequences()[user].length;
            for (int at = Math.max(1, first); at < Math.min(sequence.length, first + PER_USER); at++) {
                if (isNew(sequence, at)) {
                    ranker.score(sequence, at, scores);
                    meter.add(TargetRank.of(scores, 0, scores.length, sequence, at, sequence[at]));
                }
            }
        }
        return meter.metrics();
    }

    private static boolean isNew(int[] sequence, int at) {
        return Arrays.stream(sequence, 0, at).noneMatch(item -> item == sequence[at]);
    }
}
