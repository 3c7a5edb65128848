package dev.millrace.training.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class SampledSoftmaxTest {
    @Test
    void loss_everyDrawIsTheTarget_isAlmostNothing() {
        // One item in the catalogue: each draw is the right item and is masked, so no wrong item is left.
        assertEquals(0, loss(1, 4, new float[] {1, 2}, new int[] {0}), 1e-6);
    }

    @Test
    void loss_equalScores_isTheLogarithmOfTheCatalogue() {
        // All scores are 0: the right item against draws that stand for the other 999 gives log(1 + 999), but for
        // draws that hit the right item.
        double loss = loss(1000, 500, new float[2000], new int[] {3});
        assertEquals(Math.log(1000), loss, 0.02);
    }

    @Test
    void loss_asManyDrawsAsItems_isTheFullSoftmax() {
        // Scores 3, 1 and 0: the cross-entropy of the second.
        double loss = loss(3, 3, new float[] {3, 0, 1, 0, 0, 0}, new int[] {1});
        assertEquals(Math.log(Math.exp(3) + Math.exp(1) + 1) - 1, loss, 1e-5);
    }

    @Test
    void loss_accidentalHit_isNotCountedAsWrong() {
        // One item scores 10 and is right, the other 64 score 0; unmasked draws of the right one would make the loss
        // large.
        double loss = loss(65, 64, scoring(10), new int[] {0});
        assertEquals(Math.log1p(64 * Math.exp(-10)), loss, 1e-3);
    }

    /** 65 items of which the first has this score. */
    private static float[] scoring(float first) {
        float[] vectors = new float[65 * 2];
        vectors[0] = first;
        return vectors;
    }

    private static double loss(int items, int negatives, float[] vectors, int[] targets) {
        try (PointerScope _ = new PointerScope();
                SampledSoftmax softmax = new SampledSoftmax(items, negatives, 8, 5)) {
            Tensor user = Tensor.create(new float[] {1, 0}, 1, 2);
            return softmax.loss(
                            user,
                            Tensor.create(vectors, items, 2),
                            targets,
                            targets.length,
                            IndexTensor.of(targets, targets.length))
                    .item_float();
        }
    }
}
