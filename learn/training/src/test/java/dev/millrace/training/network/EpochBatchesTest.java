package dev.millrace.training.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class EpochBatchesTest {
    private static final long SEED = 7;

    @Test
    void epoch_anySequences_learnsEachTransitionExactlyOnce() {
        int[][] sequences = randomSequences();
        List<Long> expected = new ArrayList<>();
        for (int[] sequence : sequences) {
            for (int i = 1; i < sequence.length; i++) {
                expected.add(transition(sequence[i - 1], sequence[i]));
            }
        }
        for (int epoch = 0; epoch < 5; epoch++) {
            List<Long> learnt = new ArrayList<>();
            for (Batch batch : new EpochBatches(sequences, 10, 64, SEED).epoch(epoch)) {
                for (int i = 0; i < batch.targets().length; i++) {
                    learnt.add(transition(batch.items()[batch.positions()[i]], batch.targets()[i]));
                }
            }
            assertEquals(sorted(expected), sorted(learnt), "seed " + SEED + ", epoch " + epoch);
        }
    }

    @Test
    void epoch_anySequences_keepsBatchesWithinTheirTokens() {
        for (Batch batch : new EpochBatches(randomSequences(), 10, 64, SEED).epoch(0)) {
            assertTrue(batch.rows() * batch.length() <= 64 + 10, batch.rows() + " × " + batch.length());
            assertEquals(batch.rows() * batch.length(), batch.items().length);
            assertEquals(batch.positions().length == batch.items().length, batch.isDense());
        }
    }

    @Test
    void epoch_sameNumber_isTheSameAgain() {
        int[][] sequences = randomSequences();
        List<Batch> first = new EpochBatches(sequences, 10, 64, SEED).epoch(3);
        List<Batch> again = new EpochBatches(sequences, 10, 64, SEED).epoch(3);
        List<Batch> other = new EpochBatches(sequences, 10, 64, SEED).epoch(4);
        assertEquals(first.size(), again.size());
        for (int i = 0; i < first.size(); i++) {
            assertArrayEquals(first.get(i).items(), again.get(i).items());
        }
        assertFalse(Arrays.equals(first.getFirst().items(), other.getFirst().items()));
    }

    @Test
    void epoch_sequencesOfOneItem_givesNothing() {
        assertEquals(List.of(), new EpochBatches(new int[][] {{1}, {}, {2}}, 10, 64, SEED).epoch(0));
    }

    /** Items are unique over all users, so that a transition names its place. */
    private static int[][] randomSequences() {
        Random random = new Random(SEED);
        int[][] sequences = new int[40][];
        int next = 0;
        for (int user = 0; user < sequences.length; user++) {
            sequences[user] = new int[random.nextInt(45)];
            for (int i = 0; i < sequences[user].length; i++) {
                sequences[user][i] = next++;
            }
        }
        return sequences;
    }

    private static long transition(int from, int to) {
        return (long) from << 32 | to;
    }

    private static List<Long> sorted(List<Long> values) {
        return values.stream().sorted().toList();
    }
}
