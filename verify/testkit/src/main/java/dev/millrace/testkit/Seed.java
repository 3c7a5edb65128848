package dev.millrace.testkit;

import java.util.Random;

/**
 * Where random tests get their numbers from: a fresh seed each run, printed so that a failure can be repeated with
 * {@code -Dmillrace.seed=…}. Stateless.
 */
public final class Seed {
    private Seed() {}

    public static Random random(String test) {
        Long given = Long.getLong("millrace.seed");
        long seed = given == null ? System.nanoTime() : given;
        System.out.println(test + ": -Dmillrace.seed=" + seed);
        return new Random(seed);
    }
}
