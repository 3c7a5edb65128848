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

    /** Every section, in the order they run. */
    public static List<ModelSection> sections() {
        return List.of(new EngineSection(), new BatchingSection(), new CompressedSection());
    }

    /**
     * Runs the named sections.
     *
     * @param names empty for all
     * @return the machine, and each section's figures by its name
     * @throws IllegalArgumentException naming a section that does not exist, and those that do
     */
    public static Map<String, Object> run(List<String> names, String command, Consumer<String> progress)
            throws Exception {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("machine", Machine.describe());
        for (ModelSection section : chosen(names)) {
            Path work = Files.createTempDirectory("millrace-bench-models");
            try {
                Map<String, Object> figures = new LinkedHashMap<>(section.run(work, progress));
                figures.put("command", command);
                report.put(section.name(), figures);
            } finally {
                delete(work);
            }
        }
        return report;
    }

    private static List<ModelSection> chosen(List<String> names) {
        List<String> known = sections().stream().map(ModelSection::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("there is no section '" + name + "'; give some of " + known);
            }
        }
        List<ModelSection> chosen = new ArrayList<>(sections());
        chosen.removeIf(section -> !names.isEmpty() && !names.contains(section.name()));
        return chosen;
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
