package dev.millrace.benchmarks.store.measure;

import java.util.SplittableRandom;

/**
 * Draws ranks from a Zipf law: rank k, counted from 1, with a probability proportional to k<sup>-exponent</sup>. Not
 * thread-safe.
 *
 * <p>Idea: invert the integral of the law's continuous envelope and reject what lies above the law itself. Exact, without
 * tables, some 1.1 draws a rank at any number of ranks. Source: Hörmann and Derflinger, "Rejection-inversion to generate
 * variates from monotone discrete distributions", ACM TOMACS 6(3), 1996.
 */
public final class Zipf {
    private final long ranks;
    private final double exponent;
    private final double integralAtFirst;
    private final double integralAtLast;
    private final double acceptAtOnce;
    private final SplittableRandom random;

    /** @param exponent above 0, not 1 */
    public Zipf(long ranks, double exponent, SplittableRandom random) {
        if (ranks < 1 || exponent <= 0 || exponent == 1) {
            throw new IllegalArgumentException(
                    "ranks " + ranks + " must be at least 1, exponent " + exponent + " above 0 and not 1");
        }
        this.ranks = ranks;
        this.exponent = exponent;
        this.random = random;
        integralAtFirst = integral(1.5) - 1;
        integralAtLast = integral(ranks + 0.5);
        acceptAtOnce = 2 - inverse(integral(2.5) - Math.pow(2, -exponent));
    }

    /** @return a rank from 0 */
    public long next() {
        while (true) {
            double u = integralAtLast + random.nextDouble() * (integralAtFirst - integralAtLast);
            double x = inverse(u);
            long k = Math.clamp((long) (x + 0.5), 1, ranks);
            if (k - x <= acceptAtOnce || u >= integral(k + 0.5) - Math.pow((double) k, -exponent)) {
                return k - 1;
            }
        }
    }

    private double integral(double x) {
        return (Math.pow(x, 1 - exponent) - 1) / (1 - exponent);
    }

    private double inverse(double y) {
        return Math.pow(1 + y * (1 - exponent), 1 / (1 - exponent));
    }
}
