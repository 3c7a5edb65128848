package dev.millrace.benchmarks.store.measure;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named numbers that a fork measured, in the order in which they came. Not thread-safe. */
public final class Figures {
    private static final String WORD = "figure ";

    private final Map<String, Double> values = new LinkedHashMap<>();

    public void add(String name, double value) {
        values.put(name, value);
    }

    /** NaN where it was not measured. */
    public double get(String name) {
        return values.getOrDefault(name, Double.NaN);
    }

    public Map<String, Double> asMap() {
        return Collections.unmodifiableMap(values);
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** One line for each, as a fork prints them. */
    public String lines() {
        StringBuilder lines = new StringBuilder();
        values.forEach((name, value) ->
                lines.append(WORD).append(name).append(' ').append(value).append('\n'));
        return lines.toString();
    }

    /** Reads such lines and passes over all others. */
    public static Figures parse(Iterable<String> lines) {
        Figures figures = new Figures();
        for (String line : lines) {
            if (line.startsWith(WORD)) {
                String[] parts = line.substring(WORD.length()).split(" ");
                figures.add(parts[0], Double.parseDouble(parts[1]));
            }
        }
        return figures;
    }
}
