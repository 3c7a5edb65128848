package dev.millrace.training.ridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

/** What both starts of the item vectors owe the transformer. */
class ItemVectorsStartTest {
    private static final long SEED = 9;
    private static final int GROUPS = 4;
    private static final int ITEMS = 40;
    private static final int DIMENSION = 8;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itemVectors_itemsSeenTogether_lieTogether(boolean ridge) {
        float[] vectors = vectors(ridge, DIMENSION);
        double inside = 0;
        double across = 0;
        int pairs = 0;
        for (int a = 0; a < ITEMS; a++) {
            int sibling = (a + GROUPS) % ITEMS;
            int stranger = (a + 1) % ITEMS;
            inside += cosine(vectors, a, sibling);
            across += cosine(vectors, a, stranger);
            pairs++;
        }
        assertTrue(inside / pairs > across / pairs + 0.4, "inside " + inside / pairs + ", across " + across / pairs);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itemVectors_fewerItemsThanDimensions_areFiniteAndScaled(boolean ridge) {
        float[] vectors = vectors(ridge, ITEMS * 2);
        double squares = 0;
        for (float value : vectors) {
            assertTrue(Float.isFinite(value));
            squares += value * value;
        }
        assertEquals(ItemFactors.START_STD, Math.sqrt(squares / vectors.length), 1e-3);
    }

    private static float[] vectors(boolean ridge, int dimension) {
        int[][] sequences = groupedSequences();
        if (!ridge) {
            return TransitionFactors.of(sequences, ITEMS, dimension, SEED);
        }
        try (SequentialRidge fitted = SequentialRidge.fit(sequences, ITEMS)) {
            return ItemFactors.ofRidge(fitted, dimension, SEED);
        }
    }

    /** Each user stays within one group; item i is of group i mod GROUPS. */
    private static int[][] groupedSequences() {
        Random random = new Random(SEED);
        int[][] sequences = new int[400][12];
        for (int user = 0; user < sequences.length; user++) {
            for (int i = 0; i < sequences[user].length; i++) {
                sequences[user][i] = random.nextInt(ITEMS / GROUPS) * GROUPS + user % GROUPS;
            }
        }
        return sequences;
    }

    private static double cosine(float[] vectors, int a, int b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < DIMENSION; i++) {
            dot += vectors[a * DIMENSION + i] * vectors[b * DIMENSION + i];
            aa += vectors[a * DIMENSION + i] * vectors[a * DIMENSION + i];
            bb += vectors[b * DIMENSION + i] * vectors[b * DIMENSION + i];
        }
        return dot / Math.sqrt(aa * bb);
    }
}
