package dev.millrace.benchmarks.models;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** One subject of the models' benchmark, measured by itself. */
public interface ModelSection {
    /** What the report and {@code --sections} call it. */
    String name();

    /**
     * Measures.
     *
     * @param work an empty folder for the section's files
     * @param progress takes a line now and then
     * @return the figures by name: numbers, texts, and maps of such
     */
    Map<String, Object> run(Path work, Consumer<String> progress) throws Exception;
}
