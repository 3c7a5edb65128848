package dev.millrace.benchmarks.store.measure;

import java.util.Arrays;
import java.util.Collection;

/** A figure over the forks that measured it. */
public record Summary(double median, double min, double max) {
    /** @throws IllegalArgumentException if there is none */
    public static Summary of(Collection<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("a summary of nothing");
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Summary(median, sorted[0], Arrays.stream(sorted).max().getAsDouble());
    }
}
