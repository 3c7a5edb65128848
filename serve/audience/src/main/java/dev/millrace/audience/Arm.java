package dev.millrace.audience;

import java.util.Locale;

/** Who makes the slates of a person; people keep their arm for the whole run. */
public enum Arm {
    /** The server's personal answer. */
    MODEL("home", 0.55),
    POPULARITY("popularity", 0.20),
    RANDOM("random", 0.15),
    /** The truth itself, inside the simulation: the server sees nothing of these people. */
    ORACLE("", 0.10);

    private static final Arm[] ARMS = values();

    private final String scenario;
    private final double share;

    Arm(String scenario, double share) {
        this.scenario = scenario;
        this.share = share;
    }

    /** The arm of a person: by a hash of seed and number, so that it depends on nothing else. */
    public static Arm of(long seed, int person) {
        double place = (mix(seed * 31 + person) >>> 11) * 0x1.0p-53;
        for (Arm arm : ARMS) {
            place -= arm.share;
            if (place < 0) {
                return arm;
            }
        }
        return MODEL;
    }

    /** The scenario that the server is asked for; empty for the oracle. */
    public String scenario() {
        return scenario;
    }

    /** The arm's name in reports. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The finaliser of SplitMix64: every bit of the input moves every bit of the result. */
    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
