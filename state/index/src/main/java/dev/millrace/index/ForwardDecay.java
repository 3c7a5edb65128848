package dev.millrace.index;

/**
 * Exponential decay that never touches what it decays.
 *
 * <p>Instead of shrinking old weights as time passes, a new weight is written larger: by {@code 2^((t − base) / halfLife)}.
 * Weights on one base compare and add as their decayed values do, whatever the time is now; a value at some time is the
 * stored one divided by the growth at that time. A late event is simply written smaller. When the growth nears the end
 * of the number's range its owner moves the base. Source: Cormode, Shkapenyuk, Srivastava, Xu: Forward decay (2009).
 * Immutable.
 */
record ForwardDecay(long halfLifeMillis) {
    /** How much larger a weight of {@code millis} is written than one of {@code baseMillis}. */
    double growth(long baseMillis, long millis) {
        return Math.exp((millis - baseMillis) * (Math.log(2) / halfLifeMillis));
    }

    /** The half-lives from one moment to another; negative when the second is earlier. */
    double halfLives(long fromMillis, long toMillis) {
        return (toMillis - fromMillis) / (double) halfLifeMillis;
    }
}
