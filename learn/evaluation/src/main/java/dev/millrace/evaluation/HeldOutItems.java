package dev.millrace.evaluation;

import dev.millrace.evaluation.rankers.Ranker;
import dev.millrace.samples.SequenceDataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The protocols for comparisons with models that know no order: a fifth of a user's actions, drawn by chance, is to be found
 * from the others, which keep their order. Immutable by convention.
 *
 * <p>Random split: of every user. Strong generalisation: of a tenth of the users, whom nothing was learnt from.
 */
public final class HeldOutItems {
    public static final String RANDOM_SPLIT =
            "random split: a fifth of each user's actions, drawn by chance, is ranked against the full catalogue, seen items"
                    + " excluded; everything is fitted on the other four fifths";
    public static final String STRONG_GENERALISATION =
            "strong generalisation: everything is fitted on nine tenths of the users; of the others a fifth of the actions,"
                    + " drawn by chance, is ranked against the full catalogue, given the other four fifths";

    private static final double HELD_OUT = 0.2;
    private static final double TEST_USERS = 0.1;

    /** Users with fewer actions are learnt from and not asked. */
    private static final int MIN_LENGTH = 5;

    private final SequenceDataset training;
    private final List<Case> cases;

    private HeldOutItems(SequenceDataset training, List<Case> cases) {
        this.training = training;
        this.cases = cases;
    }

    /** What is known of a user, and what is to be found. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Case(int[] history, int[] targets) {}

    public static HeldOutItems randomSplit(SequenceDataset dataset, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Case> cases = new ArrayList<>();
        int[][] kept = new int[dataset.userCount()][];
        for (int user = 0; user < kept.length; user++) {
            kept[user] = ask(dataset.sequences()[user], random, cases);
        }
        return new HeldOutItems(new SequenceDataset(dataset.vocabulary(), kept), cases);
    }

    public static HeldOutItems strongGeneralisation(SequenceDataset dataset, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Case> cases = new ArrayList<>();
        List<int[]> learnt = new ArrayList<>();
        for (int[] sequence : dataset.sequences()) {
            if (random.nextDouble() < TEST_USERS && sequence.length >= MIN_LENGTH) {
                ask(sequence, random, cases);
            } else {
                learnt.add(sequence);
            }
        }
        return new HeldOutItems(new SequenceDataset(dataset.vocabulary(), learnt.toArray(int[][]::new)), cases);
    }

    /** What models are fitted on. */
    public SequenceDataset forTraining() {
        return training;
    }

    public SetMetrics measure(Ranker ranker) {
        SetMeter meter = new SetMeter();
        float[] scores = new float[training.itemCount()];
        for (Case asked : cases) {
            ranker.score(asked.history(), asked.history().length, scores);
            meter.add(scores, asked.history(), asked.history().length, asked.targets());
        }
        return meter.metrics();
    }

    /** Adds a user's case and returns what stays known; an item that stays known is not asked for. */
    private static int[] ask(int[] sequence, SplittableRandom random, List<Case> cases) {
        if (sequence.length < MIN_LENGTH) {
            return sequence;
        }
        int[] history = new int[sequence.length];
        int[] targets = new int[sequence.length];
        int known = 0;
        int asked = 0;
        for (int item : sequence) {
            if (random.nextDouble() < HELD_OUT) {
                targets[asked++] = item;
            } else {
                history[known++] = item;
            }
        }
        int[] kept = Arrays.copyOf(history, known);
        int[] wanted = Arrays.stream(targets, 0, asked)
                .distinct()
                .filter(item -> Arrays.stream(kept).noneMatch(other -> other == item))
                .toArray();
        if (wanted.length > 0 && known > 0) {
            cases.add(new Case(kept, wanted));
        }
        return kept;
    }
}
