package dev.millrace.benchmarks.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a store benchmark measures.
 *
 * @param workloads names of workloads, TRACES for the replay of traces, PACKING for that of requests before and after packing; empty for
 *     all
 * @param engines names of stores; empty for all
 * @param forks how often each store is measured on each workload, in a process of its own each time
 * @param rows how many rows each store holds
 * @param duration how long each measurement of a fork takes
 * @param directory holds the stores' files while they run, and the forks' results
 * @param resume whether results that lie in the directory and fit these options are taken over
 * @param retries how often a measurement that others disturbed is repeated
 * @param limit after which no further fork begins
 * @param redis the Redis server's program
 * @param peers the folder of the peers' jars
 * @param traces the folder of recorded accesses
 * @param kuaiRand the folder of KuaiRand-Pure
 * @param prices what the table of costs is computed with
 */
public record StoreBenchOptions(
        List<String> workloads,
        List<String> engines,
        int forks,
        long rows,
        Duration duration,
        Path directory,
        boolean resume,
        int retries,
        Duration limit,
        String redis,
        Path peers,
        Path traces,
        Path kuaiRand,
        StoreCost.Prices prices) {
    public StoreBenchOptions {
        workloads = List.copyOf(workloads);
        engines = List.copyOf(engines);
        if (forks < 1 || rows < 1000 || duration.toMillis() < 10) {
            throw new IllegalArgumentException("forks " + forks + " must be at least 1, rows " + rows
                    + " at least 1000, the duration " + duration.toMillis() + " ms at least 10 ms");
        }
    }
}
