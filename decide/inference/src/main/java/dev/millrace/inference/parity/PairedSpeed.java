package dev.millrace.inference.parity;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * How many times as fast one thing is as another, by pairs of runs (immutable).
 *
 * <p>Both run twice in a round, the original first and last: what disturbs one disturbs the other, and each comes once behind itself,
 * where it finds its data in the caches, and once behind the other. The median of the rounds' ratios counts. Its bounds are those of the sign test,
 * which asks nothing of how noise is distributed: the ratio's order statistics, {@value #DEVIATIONS} deviations of a fair coin away from
 * the middle (Conover, Practical Nonparametric Statistics, chapter 3). Each bound alone errs once in a hundred times. There are more
 * rounds until the bounds are within {@value #CLOSE} of the ratio, up to a limit; a machine that is too busy to tell more leaves them wide.
 *
 * @param ratio the median of original ÷ candidate: above 1 where the candidate is faster
 * @param least what it is with 99 % or more
 * @param most what it is with 99 % or less
 */
public record PairedSpeed(double ratio, double least, double most) {
    private static final double DEVIATIONS = 2.326;
    private static final double CLOSE = 0.01;
    /** Further apart than this they tell too little: up to here, what is slower by as much is found 99 times in a hundred. */
    private static final double FAR = 0.02;

    private static final int FIRST_ROUNDS = 100;
    private static final int MOST_ROUNDS = 6_400;

    /**
     * Both answer how long a run of theirs took. Warm them up before.
     *
     * @param original nanoseconds of one run
     * @param candidate of the same work by what would replace it
     */
    public static PairedSpeed measure(LongSupplier original, LongSupplier candidate) {
        return measure(original, candidate, MOST_ROUNDS);
    }

    /** @param mostRounds the end, if the bounds have not come close before */
    static PairedSpeed measure(LongSupplier original, LongSupplier candidate, int mostRounds) {
        double[] ratios = new double[Math.min(FIRST_ROUNDS, mostRounds)];
        int count = 0;
        while (true) {
            for (; count < ratios.length; count++) {
                ratios[count] = ratio(original, candidate);
            }
            PairedSpeed speed = of(ratios);
            if (speed.width() <= CLOSE || count >= mostRounds) {
                return speed;
            }
            ratios = Arrays.copyOf(ratios, Math.min(mostRounds, count * 2));
        }
    }

    /** Why what was measured is not as fast as asked for, or was not measured well enough to say; null where it is. */
    public @Nullable String slowerThan(double limit) {
        if (!(most >= limit)) {
            return String.format(
                    Locale.ROOT,
                    "has %.3f times the original's speed (%.3f to %.3f), less than %.2f",
                    ratio,
                    least,
                    most,
                    limit);
        }
        // Where even the lower bound is fast enough, it need not be known more closely.
        if (least < limit && width() > FAR) {
            return String.format(
                    Locale.ROOT,
                    "has %.2f to %.2f times the original's speed: too uncertain to say whether it is %.2f; try again"
                            + " when the machine is less busy",
                    least,
                    most,
                    limit);
        }
        return null;
    }

    /** Of the bounds' distance, in the ratio. */
    private double width() {
        return (most - least) / ratio;
    }

    private static double ratio(LongSupplier original, LongSupplier candidate) {
        long first = original.getAsLong();
        long candidates = candidate.getAsLong() + candidate.getAsLong();
        return (double) (first + original.getAsLong()) / Math.max(1, candidates);
    }

    private static PairedSpeed of(double[] ratios) {
        double[] sorted = ratios.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        int away = (int) Math.ceil(DEVIATIONS * Math.sqrt(n) / 2);
        double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        return new PairedSpeed(median, sorted[Math.max(0, (n - 1) / 2 - away)], sorted[Math.min(n - 1, n / 2 + away)]);
    }
}
