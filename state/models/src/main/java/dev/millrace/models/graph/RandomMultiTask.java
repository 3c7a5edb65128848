package dev.millrace.models.graph;

import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.TransformerWeights.Linear;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** An untrained ranker, for tests and measurements. Stateless. */
public final class RandomMultiTask {
    private RandomMultiTask() {}

    /** @param width of the one shared layer */
    public static MultiTaskBundle.Network network(
            int dimension, int history, int numbers, int width, int heads, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] means = normal(random, numbers, 1);
        float[] deviations = new float[numbers];
        Arrays.fill(deviations, 1);
        int in = numbers + 5 * dimension;
        return MultiTaskGraph.network(new MultiTaskWeights(
                dimension,
                normal(random, history, 1),
                new MultiTaskWeights.Scale(means, deviations),
                List.of(linear(random, in, width)),
                linear(random, width, heads)));
    }

    /** Tables for those weights. */
    public static MultiTaskBundle.Tables tables(MultiTaskBundle.Inputs inputs, int dimension, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int values = (inputs.rows().count() - 1) * dimension;
        return new MultiTaskBundle.Tables(normal(random, values, 1), normal(random, values, 1));
    }

    private static Linear linear(SplittableRandom random, int in, int out) {
        return new Linear(normal(random, in * out, 1 / Math.sqrt(in)), normal(random, out, 0.1));
    }

    private static float[] normal(SplittableRandom random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }
}
