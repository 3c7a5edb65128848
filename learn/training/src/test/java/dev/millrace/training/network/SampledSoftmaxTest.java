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
    void loss_accidentalHit_isNotCountedAsWrong() {
        // Two items, the right one scores 10, the other 0; unmasked draws of the right one would make the loss large.
        double loss = loss(2, 64, new float[] {10, 0, 0, 0}, new int[] {0});
        assertEquals(Math.log1p(Math.exp(-10)), loss, 1e-4);
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
