package dev.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * The meters of one process, passed by hand to whoever counts. Get each meter once, in a constructor: looking one up
 * costs a map access. Thread-safe.
 */
public final class Metrics {
    private static final String PREFIX = "millrace.";

    /** What the latency of answers is judged by; more would make the scrape large. */
    private static final double[] PERCENTILES = {0.5, 0.99, 0.999};

    private final MeterRegistry registry;
    /** The registry holds what it reads counts from weakly: without this, such a count is 0 after a garbage collection. */
    private final Queue<Supplier<Number>> counts = new ConcurrentLinkedQueue<>();

    public Metrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Meters that nobody scrapes, for tests and tools. */
    public static Metrics unpublished() {
        return new Metrics(new SimpleMeterRegistry());
    }

    public MeterRegistry registry() {
        return registry;
    }

    /**
     * A count.
     *
     * @param help what it counts, for whoever reads the scrape
     * @param tags names and values in turn
     */
    public Counter counter(String name, String help, String... tags) {
        return Counter.builder(PREFIX + name).description(help).tags(tags).register(registry);
    }

    /**
     * The times that something took.
     *
     * @param help what is timed
     * @param tags names and values in turn
     */
    public Timer timer(String name, String help, String... tags) {
        return Timer.builder(PREFIX + name)
                .description(help)
                .tags(tags)
                .publishPercentiles(PERCENTILES)
                .register(registry);
    }

    /**
     * A count that is kept elsewhere and only grows.
     *
     * @param help what it counts
     * @param tags names and values in turn
     */
    public void counted(String name, String help, Supplier<Number> count, String... tags) {
        counts.add(count);
        FunctionCounter.builder(PREFIX + name, count, supplier -> supplier.get().doubleValue())
                .description(help)
                .tags(tags)
                .register(registry);
    }

    /**
     * A value of the moment.
     *
     * @param help what it says
     * @param tags names and values in turn
     */
    public void gauge(String name, String help, Supplier<Number> value, String... tags) {
        Gauge.builder(PREFIX + name, value)
                .description(help)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}
