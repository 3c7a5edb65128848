package dev.millrace.console;

import dev.millrace.wire.operate.ModelList;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A version beside another: its parent, or where it has none among the models, the live one. Immutable.
 *
 * @param rows empty where there is nothing to compare
 */
public record Comparison(String version, String other, List<Row> rows) {
    private static final Comparison NONE = new Comparison("", "", List.of());

    public Comparison {
        rows = List.copyOf(rows);
    }

    /**
     * One figure of both.
     *
     * @param share the first as a part of the second; empty where that says nothing
     */
    public record Row(String name, String own, String others, String share) {}

    static Comparison of(ModelList models, String chosen) {
        Map<String, ModelList.Model> byVersion = new TreeMap<>();
        models.models().forEach(model -> byVersion.put(model.version(), model));
        ModelList.Model own = byVersion.get(chosen);
        if (own == null) {
            return NONE;
        }
        List<String> candidates = new ArrayList<>(own.parents());
        candidates.add(String.valueOf(models.live()));
        for (String candidate : candidates) {
            ModelList.Model other = byVersion.get(candidate);
            if (other != null && !candidate.equals(chosen)) {
                return new Comparison(chosen, candidate, rows(own, other));
            }
        }
        return NONE;
    }

    private static List<Row> rows(ModelList.Model own, ModelList.Model other) {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(
                "size", Figures.size(own.bytes()), Figures.size(other.bytes()), share((double) own.bytes(), (double)
                        other.bytes())));
        TreeSet<String> names = new TreeSet<>(own.metrics().keySet());
        names.addAll(other.metrics().keySet());
        for (String name : names) {
            Double mine = own.metrics().get(name);
            Double theirs = other.metrics().get(name);
            rows.add(new Row(
                    name,
                    mine == null ? "–" : Figures.metric(mine),
                    theirs == null ? "–" : Figures.metric(theirs),
                    mine == null || theirs == null ? "" : share(mine, theirs)));
        }
        return rows;
    }

    private static String share(double own, double other) {
        return other == 0 ? "" : Figures.percent(own / other);
    }
}
