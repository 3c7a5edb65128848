package dev.millrace.benchmarks.serve;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a serving benchmark measures.
 *
 * @param candidates how many candidates are scored for each request
 * @param directory holds the world between runs
 * @param step how long each rate of the sweep is held
 * @param measured how long the rate at 70 % is held
 * @param overload how long ten times the sustained rate is offered; zero leaves it out
 */
public record ServeBenchOptions(
        ServeWorld world, int candidates, Path directory, Duration step, Duration measured, Duration overload) {
    /** Less is over before the first answers are counted. */
    private static final Duration SHORTEST = Duration.ofMillis(100);

    public ServeBenchOptions {
        requireAtLeastShortest("--step", step);
        requireAtLeastShortest("--measured", measured);
        if (overload.isNegative()) {
            throw new IllegalArgumentException("--overload is " + overload + "; give a time, or 0 to leave it out");
        }
        if (candidates < 1) {
            throw new IllegalArgumentException("--candidates is " + candidates + "; give 1 or more");
        }
    }

    private static void requireAtLeastShortest(String name, Duration given) {
        if (given.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException(
                    name + " is " + given.toMillis() + " ms; give " + SHORTEST.toMillis() + "ms or more");
        }
    }
}
