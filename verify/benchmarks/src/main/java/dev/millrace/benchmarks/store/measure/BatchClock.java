package dev.millrace.benchmarks.store.measure;

import com.sun.management.ThreadMXBean;
import dev.millrace.benchmarks.store.engine.ProcessUsage;
import org.HdrHistogram.Histogram;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Times one batch after another on the calling thread; what happens between batches is not timed. */
public final class BatchClock {
    /** How the figure ends that says how many cores others used meanwhile. */
    public static final String OTHERS = ".othersCores";

    private static final long HIGHEST_NANOS = 60_000_000_000L;

    private BatchClock() {}

    /** What is timed. */
    public interface Batch {
        /** Makes the next batch ready, untimed. */
        void prepare();

        /** @return how many keys were dealt with */
        int run();
    }

    /** @param serverCpu CPU time of the store's own process */
    public static Timing run(Batch batch, Duration duration, LongSupplier serverCpu) {
        Histogram histogram = new Histogram(HIGHEST_NANOS, 3);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long keys = 0;
        long busy = 0;
        long allocated = 0;
        long machine = ProcessUsage.machineCpuNanos();
        long cpu = ProcessUsage.cpuNanos() + serverCpu.getAsLong();
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        long finished;
        do {
            batch.prepare();
            long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
            long began = System.nanoTime();
            keys += batch.run();
            finished = System.nanoTime();
            allocated += threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
            busy += finished - began;
            histogram.recordValue(Math.min(finished - began, HIGHEST_NANOS));
        } while (finished < end);
        cpu = ProcessUsage.cpuNanos() + serverCpu.getAsLong() - cpu;
        machine = ProcessUsage.machineCpuNanos() - machine;
        double others = Math.max(0, (double) (machine - cpu) / (finished - start));
        return new Timing(histogram, keys, busy, cpu, allocated, others);
    }

    /**
     * @param busyNanos the sum of the batches' times
     * @param cpuNanos of the whole process and of the store's own, while batches were made ready as well
     * @param allocatedBytes by the calling thread within batches
     * @param others how many cores processes used that have nothing to do with the store
     */
    public record Timing(
            Histogram nanos, long keys, long busyNanos, long cpuNanos, long allocatedBytes, double others) {
        public double keysPerSecond() {
            return keys * 1e9 / busyNanos;
        }

        /** Adds its figures to a result, their names behind a prefix. */
        public void addTo(Figures figures, String prefix) {
            figures.add(prefix + ".keysPerSecond", keysPerSecond());
            figures.add(prefix + ".p10Micros", micros(10));
            figures.add(prefix + ".p50Micros", micros(50));
            figures.add(prefix + ".p99Micros", micros(99));
            figures.add(prefix + ".p999Micros", micros(99.9));
            figures.add(prefix + ".cpuNanosPerKey", (double) cpuNanos / keys);
            figures.add(prefix + ".allocatedBytesPerBatch", (double) allocatedBytes / nanos.getTotalCount());
            figures.add(prefix + OTHERS, others);
            figures.add(prefix + ".batches", (double) nanos.getTotalCount());
        }

        /** Both together. */
        public Timing plus(Timing other) {
            Histogram both = nanos.copy();
            both.add(other.nanos);
            return new Timing(
                    both,
                    keys + other.keys,
                    busyNanos + other.busyNanos,
                    cpuNanos + other.cpuNanos,
                    allocatedBytes + other.allocatedBytes,
                    Math.max(others, other.others));
        }

        public double micros(double percentile) {
            return nanos.getValueAtPercentile(percentile) / 1e3;
        }
    }
}
