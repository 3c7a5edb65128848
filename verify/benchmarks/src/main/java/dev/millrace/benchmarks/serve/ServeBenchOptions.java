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
        ServeWorld world, int candidates, Path directory, Duration step, Duration measured, Duration overload) {}
