package dev.millrace.benchmarks.store;

import dev.millrace.benchmarks.store.engine.EngineName;
import dev.millrace.benchmarks.store.measure.Figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the forks measured, by workload, store and round, kept as files so that a run can go on later. Not thread-safe. */
final class ForkResults {
    private final Path directory;
    private final Map<Workload, Map<EngineName, Map<Integer, Figures>>> measured = new EnumMap<>(Workload.class);
    private final Map<String, String> missing = new TreeMap<>();

    ForkResults(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory);
    }

    /** @return whether a result of the same measurement lay there */
    boolean takeOver(Fork fork) throws IOException {
        if (!isKept(fork)) {
            return false;
        }
        put(fork, Figures.parse(Files.readAllLines(file(fork))));
        return true;
    }

    /** Whether a result of the same measurement lies there. */
    boolean isKept(Fork fork) throws IOException {
        Path file = file(fork);
        if (!Files.exists(file)) {
            return false;
        }
        List<String> lines = Files.readAllLines(file);
        return !lines.isEmpty() && lines.getFirst().equals(String.join(" ", fork.parameters()));
    }

    void keep(Fork fork, ForkProcess.Outcome outcome) throws IOException {
        switch (outcome) {
            case ForkProcess.Outcome.Measured(Figures figures) -> {
                Files.writeString(file(fork), String.join(" ", fork.parameters()) + "\n" + figures.lines());
                put(fork, figures);
            }
            case ForkProcess.Outcome.NotOffered(String reason) -> miss(fork, "not offered: " + reason);
            case ForkProcess.Outcome.Failed(String reason) -> miss(fork, "FAILED: " + reason);
        }
    }

    void miss(Fork fork, String reason) {
        missing.put(fork.workload() + " " + fork.engine().label(), reason);
    }

    boolean isMissing(Fork fork) {
        return missing.containsKey(fork.workload() + " " + fork.engine().label());
    }

    /** By workload and store, why there are no figures. */
    Map<String, String> missing() {
        return missing;
    }

    /** The figures of each round, by round; empty where the store was not measured. */
    Map<Integer, Figures> of(Workload workload, EngineName engine) {
        return measured.getOrDefault(workload, Map.of()).getOrDefault(engine, Map.of());
    }

    private void put(Fork fork, Figures figures) {
        measured.computeIfAbsent(fork.workload(), w -> new EnumMap<>(EngineName.class))
                .computeIfAbsent(fork.engine(), e -> new TreeMap<>())
                .put(fork.round(), figures);
    }

    private Path file(Fork fork) {
        return directory.resolve(fork.workload() + "-" + fork.engine().label() + "-" + fork.round() + ".txt");
    }
}
