package dev.millrace.training.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

class AveragedWeightsTest {
    private final SequenceLayout layout = new SequenceLayout(ModelShape.transformer(4, 1, 1, 4), 3);

    @Test
    void add_weightsThatSwing_meanOfThem() {
        try (NativeWeights weights = new NativeWeights(layout);
                AveragedWeights average = new AveragedWeights(weights, 50)) {
            for (int step = 0; step < 1_000; step++) {
                weights.write(filled(step % 2 == 0 ? 1 : 3));
                average.add(step);
            }
            assertEquals(2, average.read()[0], 0.03);
        }
    }

    @Test
    void add_firstStep_isThatStepsWeights() {
        try (NativeWeights weights = new NativeWeights(layout);
                AveragedWeights average = new AveragedWeights(weights, 50)) {
            weights.write(filled(5));
            average.add(0);
            assertArrayEquals(filled(5), average.read());
        }
    }

    @Test
    void write_restoredAverage_goesOnFromIt() {
        try (NativeWeights weights = new NativeWeights(layout);
                AveragedWeights average = new AveragedWeights(weights, 100)) {
            average.write(filled(10));
            weights.write(filled(20));
            average.add(100_000);
            assertEquals(10.1, average.read()[0], 1e-4);
        }
    }

    private float[] filled(float value) {
        float[] all = new float[layout.length()];
        Arrays.fill(all, value);
        return all;
    }
}
