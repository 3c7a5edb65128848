package dev.millrace.benchmarks.models;

import dev.millrace.benchmarks.serve.Machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The sections of the models' benchmark, run one after another. Stateless. */
public final class ModelBench {
    private ModelBench() {}

    /** The sections that need no data, in the order they run. */
    public static List<ModelSection> sections() {
        return List.of(new EngineSection(), new GatherSection(), new BatchingSection(), new CompressedSection());
    }

    /**
     * Runs the sections that the options name.
     *
     * @return the machine, and each section's figures by its name
     * @throws IllegalArgumentException naming a section that does not exist, and those that do
     */
    public static Map<String, Object> run(ModelBenchOptions options, Consumer<String> progress) throws Exception {
        requireKnown(options.sections());
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("machine", Machine.describe());
        if (LearnedSections.NAMES.stream().anyMatch(name -> isChosen(options, name))) {
            report.putAll(LearnedSections.run(options, progress));
        }
        if (isChosen(options, RankerSection.NAME)) {
            Map<String, Object> figures = RankerSection.run(options.ranking(), progress);
            figures.put("command", options.command());
            report.put(RankerSection.NAME, figures);
        }
        if (isChosen(options, TrainingSection.NAME)) {
            report.put(
                    TrainingSection.NAME,
                    figures(
                            work -> TrainingSection.run(options.data(), options.spark(), work, progress),
                            options.command()));
        }
        for (ModelSection section : sections()) {
            if (isChosen(options, section.name())) {
                report.put(section.name(), figures(work -> section.run(work, progress), options.command()));
            }
        }
        return report;
    }

    /** Measures in a folder, which is gone afterwards. */
    private interface Measurement {
        Map<String, Object> in(Path work) throws Exception;
    }

    private static Map<String, Object> figures(Measurement measurement, String command) throws Exception {
        Path work = Files.createTempDirectory("millrace-bench-models");
        try {
            Map<String, Object> figures = new LinkedHashMap<>(measurement.in(work));
            figures.put("command", command);
            return figures;
        } finally {
            delete(work);
        }
    }

    private static void requireKnown(List<String> names) {
        List<String> known = new ArrayList<>(LearnedSections.NAMES);
        known.add(RankerSection.NAME);
        known.add(TrainingSection.NAME);
        sections().forEach(section -> known.add(section.name()));
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("there is no section '" + name + "'; give some of " + known);
            }
        }
    }

    private static boolean isChosen(ModelBenchOptions options, String name) {
        return options.sections().isEmpty() || options.sections().contains(name);
    }

    private static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> files = Files.walk(folder)) {
            deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : deepestFirst) {
            Files.delete(file);
        }
    }
}
