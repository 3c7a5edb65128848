package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.engine.EngineSetup;
import dev.millrace.benchmarks.store.engine.FloatRows;
import dev.millrace.benchmarks.store.engine.Int8Rows;
import dev.millrace.benchmarks.store.engine.OpaqueRows;
import dev.millrace.benchmarks.store.engine.RowSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One measurement in a process of its own: a workload on a store.
 *
 * @param round which of the repetitions; it chooses the keys
 * @param directory an empty folder for the store's files
 */
record Fork(
        Workload workload, EngineName engine, int round, long rows, Duration duration, Path directory, String redis) {
    private static final int ROW_BYTES = 256;
    /** The share of the rows' bytes that W5 has memory for. */
    private static final double BUDGET = 0.3;

    /** A cache that holds a part of the rows must first see many reads; W5 begins with whatever was loaded last. */
    private static final int CACHE_WARM_UP = 12;

    private static final Duration START = Duration.ofSeconds(3);
    /** For a row, as RocksDB and Redis were measured. */
    private static final long LOAD_NANOS = 2_000;

    /** As a command's arguments and, but for the folder, as the name under which results are kept. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(parameters());
        arguments.add("directory=" + directory);
        arguments.add("redis=" + redis);
        return arguments;
    }

    List<String> parameters() {
        return List.of(
                "workload=" + workload,
                "engine=" + engine.label(),
                "round=" + round,
                "rows=" + rows,
                "duration=" + duration);
    }

    static Fork parse(String[] arguments) {
        Map<String, String> given = new TreeMap<>();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            given.put(parts[0], parts[1]);
        }
        return new Fork(
                Workload.valueOf(given.getOrDefault("workload", "")),
                EngineName.of(given.getOrDefault("engine", "")),
                Integer.parseInt(given.getOrDefault("round", "")),
                Long.parseLong(given.getOrDefault("rows", "")),
                Duration.parse(given.getOrDefault("duration", "")),
                Path.of(given.getOrDefault("directory", "")),
                given.getOrDefault("redis", ""));
    }

    EngineSetup setup(int rowBytes) {
        boolean durable = workload == Workload.W4 || workload == Workload.W6;
        long memory = workload == Workload.W5 ? (long) (rows * rowBytes * BUDGET) : Long.MAX_VALUE;
        return new EngineSetup(rows, rowBytes, directory, durable, memory, redis);
    }

    /** The rows of the workload. */
    RowSource source() {
        return switch (workload) {
            case W2 -> new Int8Rows(rows);
            case W5 -> new FloatRows(rows);
            case W1, W4, W6, W7, SCAN -> new OpaqueRows(rows, ROW_BYTES);
        };
    }

    /** About how long it takes: what it times, and a start and a load as the slower stores have them. */
    Duration expected() {
        int timed = switch (workload) {
            case W1 -> 4;
            case W2 -> 3;
            case W4 -> 5;
            case W5 -> CACHE_WARM_UP + 2;
            case W6, W7 -> 3;
            case SCAN -> 2;
        };
        return duration.multipliedBy(timed).plus(START).plusNanos(rows * LOAD_NANOS);
    }

    Duration warmUp() {
        return workload == Workload.W5 ? duration.multipliedBy(CACHE_WARM_UP) : duration;
    }

    /** The heap that the store's process gets: its rows twice where they lie in the heap, since a collection copies them,
     * and as much again for a second version. */
    long heapBytes() {
        long inHeap = engine.isOnHeap() ? rows * (ROW_BYTES + 96) * (workload == Workload.W7 ? 4 : 2) : 0;
        return (1L << 30) + inHeap;
    }
}
