package dev.millrace.training.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import java.util.Random;

class AdamOptimizerTest {
    private static final long SEED = 3;
    private static final SequenceLayout LAYOUT = new SequenceLayout(ModelShape.transformer(4, 1, 1, 2), 3);

    @Test
    void step_severalGradients_movesAsTheFormulaSays() {
        Random random = new Random(SEED);
        int n = LAYOUT.length();
        double[] expected = new double[n];
        double[] first = new double[n];
        double[] second = new double[n];
        try (NativeWeights weights = new NativeWeights(LAYOUT);
                AdamOptimizer adam = new AdamOptimizer(weights)) {
            for (int step = 1; step <= 5; step++) {
                float[] gradient = gradient(random, n, step % 2 == 0 ? 0.01 : 10);
                double scale = Math.min(1, 1 / norm(gradient));
                for (int i = 0; i < n; i++) {
                    double g = gradient[i] * scale;
                    first[i] = 0.9 * first[i] + 0.1 * g;
                    second[i] = 0.98 * second[i] + 0.02 * g * g;
                    double divisor = Math.sqrt(second[i] / (1 - Math.pow(0.98, step))) + 1e-8;
                    expected[i] -= 0.01 * first[i] / (1 - Math.pow(0.9, step)) / divisor;
                }
                step(weights, adam, gradient);
            }
            assertArrayEquals(floats(expected), weights.read(), 1e-5f, "seed " + SEED);
        }
    }

    @Test
    void restore_stateOfAnother_continuesAlike() {
        Random random = new Random(SEED);
        float[] one = gradient(random, LAYOUT.length(), 0.1);
        float[] two = gradient(random, LAYOUT.length(), 0.1);
        try (NativeWeights weights = new NativeWeights(LAYOUT);
                NativeWeights others = new NativeWeights(LAYOUT);
                AdamOptimizer adam = new AdamOptimizer(weights);
                AdamOptimizer other = new AdamOptimizer(others)) {
            step(weights, adam, one);
            others.write(weights.read());
            other.restore(adam.state());
            step(weights, adam, two);
            step(others, other, two);
            assertArrayEquals(weights.read(), others.read());
        }
    }

    private static void step(NativeWeights weights, AdamOptimizer adam, float[] gradient) {
        try (PointerScope _ = new PointerScope()) {
            weights.flatGradient().copy_(Tensor.create(gradient, gradient.length));
            adam.step(0.01);
        }
    }

    private static float[] gradient(Random random, int n, double scale) {
        float[] gradient = new float[n];
        for (int i = 0; i < n; i++) {
            gradient[i] = (float) (scale * random.nextGaussian());
        }
        return gradient;
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
