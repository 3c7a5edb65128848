package dev.millrace.models.delta;

/** Moves probabilities along their log-odds: whatever is added, their order stays (stateless). */
public final class LogOdds {
    private LogOdds() {}

    /** The probability whose log-odds are greater by so much. */
    public static double shifted(double probability, double offset) {
        return byFactor(probability, Math.exp(offset));
    }

    /** The same for the first n, in place. */
    public static void shift(float[] probabilities, int n, float offset) {
        double factor = Math.exp(offset);
        for (int i = 0; i < n; i++) {
            // In doubles, so that rounding cannot put two neighbours in another order.
            probabilities[i] = (float) byFactor(probabilities[i], factor);
        }
    }

    private static double byFactor(double probability, double factor) {
        double odds = probability * factor;
        return odds / (1 - probability + odds);
    }
}
