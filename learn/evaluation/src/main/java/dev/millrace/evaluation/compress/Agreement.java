package dev.millrace.evaluation.compress;

import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.TargetRank;

/** How two models rank the last action of the same users. Owned by one thread. */
final class Agreement {
    private static final int BEST = 10;

    private final Ranker expected;
    private final Ranker actual;
    private final float[] wanted;
    private final float[] found;
    private final int[] wantedBest = new int[BEST];
    private final int[] foundBest = new int[BEST];

    private int users;
    private long scores;
    private double wantedGain;
    private double foundGain;
    private double difference;
    private double largest;
    private long common;

    private Agreement(Ranker expected, Ranker actual, int itemCount) {
        this.expected = expected;
        this.actual = actual;
        this.wanted = new float[itemCount];
        this.found = new float[itemCount];
    }

    /** @param limit the most users that are asked for */
    static Agreement of(Ranker expected, Ranker actual, SequenceDataset data, int limit) {
        Agreement agreement = new Agreement(expected, actual, data.itemCount());
        int step = Math.max(1, data.userCount() / limit);
        for (int user = 0; user < data.userCount(); user += step) {
            if (data.sequences()[user].length > 1) {
                agreement.add(data.sequences()[user]);
            }
        }
        return agreement;
    }

    int users() {
        return users;
    }

    double expectedNdcg10() {
        return wantedGain / Math.max(1, users);
    }

    double actualNdcg10() {
        return foundGain / Math.max(1, users);
    }

    double meanDifference() {
        return difference / Math.max(1, scores);
    }

    double largestDifference() {
        return largest;
    }

    double overlap() {
        return common / (double) Math.max(1, (long) users * BEST);
    }

    private void add(int[] sequence) {
        int known = sequence.length - 1;
        expected.score(sequence, known, wanted);
        actual.score(sequence, known, found);
        for (int item = 0; item < wanted.length; item++) {
            if (Float.isFinite(wanted[item])) {
                // NaN on one side must not pass as "no difference".
                double apart = Math.abs(wanted[item] - found[item]);
                apart = Double.isNaN(apart) ? Double.POSITIVE_INFINITY : apart;
                difference += apart;
                largest = Math.max(largest, apart);
                scores++;
            }
        }
        wantedGain += gain(wanted, sequence, known);
        foundGain += gain(found, sequence, known);
        // Ranking has overwritten the scores of what was seen, so neither list has it.
        best(wanted, wantedBest);
        best(found, foundBest);
        for (int item : wantedBest) {
            for (int other : foundBest) {
                common += item == other ? 1 : 0;
            }
        }
        users++;
    }

    private static double gain(float[] scores, int[] sequence, int known) {
        return TargetRank.gain(TargetRank.of(scores, 0, scores.length, sequence, known, sequence[known]), BEST);
    }

    /** The items of the highest scores, ties by index; −1 and below where there are fewer items. */
    private static void best(float[] scores, int[] into) {
        int count = 0;
        for (int item = 0; item < scores.length; item++) {
            if (count == into.length && !(scores[item] > scores[into[count - 1]])) {
                continue;
            }
            int place = count < into.length ? count++ : count - 1;
            while (place > 0 && scores[item] > scores[into[place - 1]]) {
                into[place] = into[place - 1];
                place--;
            }
            into[place] = item;
        }
        for (int place = count; place < into.length; place++) {
            into[place] = -1;
        }
    }
}
