package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.model.ActionType;
import dev.millrace.model.FloatMap;
import dev.millrace.model.Slate;
import dev.millrace.pipeline.Field;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.live.LiveRanker;
import dev.millrace.recommend.select.Part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Turns the chosen candidates into the entries of the answer, with sources, reason and how each score came about. */
public final class ComposeSlate implements Stage {
    private static final int MOST_SOURCES = 12;
    private static final Part[] PARTS = Part.values();
    private static final String[] LABELS = Arrays.stream(PARTS).map(Part::label).toArray(String[]::new);
    private static final String[] ACTIONS = Arrays.stream(ActionType.values())
            .map(action -> action.name().toLowerCase(Locale.ROOT))
            .toArray(String[]::new);

    private final Fields fields;
    private final Catalog catalog;
    private final List<String> sourceNames;
    private final List<List<String>> namesByBits;
    private final boolean valued;
    private final StageSpec spec;

    /**
     * @param sourceNames the names behind the bits of {@link Fields#sources}
     * @param valued whether the value has parts to explain
     */
    public ComposeSlate(Fields fields, Catalog catalog, List<String> sourceNames, boolean valued) {
        this.fields = fields;
        this.catalog = catalog;
        if (sourceNames.size() > MOST_SOURCES) {
            throw new IllegalArgumentException(
                    sourceNames.size() + " sources; at most " + MOST_SOURCES + " can be named in a slate");
        }
        this.sourceNames = List.copyOf(sourceNames);
        namesByBits = namesByBits(sourceNames);
        this.valued = valued;
        List<Field<?>> reads = new ArrayList<>(List.of(fields.item, fields.sources, fields.value, fields.propensity));
        for (Part part : Part.values()) {
            if (valued) {
                reads.add(fields.part(part));
            }
        }
        spec = StageSpec.of("compose-slate")
                .reading(reads.toArray(Field<?>[]::new))
                .mayReading(mayRead(valued).toArray(Field<?>[]::new))
                .writing(fields.entries)
                .share(3);
    }

    private List<Field<?>> mayRead(boolean withParts) {
        List<Field<?>> mayRead = new ArrayList<>(List.of(fields.taste));
        if (withParts) {
            mayRead.addAll(List.of(fields.ranker, fields.ranking));
            mayRead.addAll(fields.probabilities());
        }
        return mayRead;
    }

    @Override
    public StageSpec spec() {
        return spec;
    }

    @Override
    public void run(Scope scope) {
        int[] items = scope.read(fields.item);
        long[] sources = scope.read(fields.sources);
        float[] values = scope.read(fields.value);
        float[] propensities = scope.read(fields.propensity);
        List<ActionType> heads = heads(scope);
        String[] actions = names(heads);
        List<Slate.Entry> entries = new ArrayList<>(scope.size());
        for (int row = 0; row < scope.size(); row++) {
            entries.add(new Slate.Entry(
                    catalog.id(items[row]),
                    values[row],
                    propensities[row],
                    namesByBits.get((int) sources[row]),
                    reason(scope, sources[row], items[row]),
                    valued ? why(scope, row, heads, actions) : Slate.Why.UNTOLD));
        }
        scope.set(fields.entries, entries);
    }

    private String reason(Scope scope, long itemSources, int item) {
        if (!scope.has(fields.taste)) {
            return Reason.ofLikeness(itemSources, sourceNames, catalog, item);
        }
        int favourite = scope.read(fields.taste).favourite(catalog.topics(item));
        return Reason.of(itemSources, sourceNames, favourite < 0 ? null : catalog.topic(favourite), catalog, item);
    }

    /** The actions that the ranker has foretold; none where none has. */
    private List<ActionType> heads(Scope scope) {
        LiveRanker ranker = valued
                        && scope.has(fields.ranking)
                        && scope.read(fields.ranking).isKnown()
                ? scope.read(fields.ranker).model()
                : null;
        return ranker == null ? List.of() : ranker.heads();
    }

    private static String[] names(List<ActionType> heads) {
        String[] names = new String[heads.size()];
        for (int head = 0; head < names.length; head++) {
            names[head] = ACTIONS[heads.get(head).code()];
        }
        return names;
    }

    /** @param actions the names of the heads, which the entries share */
    private Slate.Why why(Scope scope, int row, List<ActionType> heads, String[] actions) {
        float[] parts = new float[PARTS.length];
        for (int i = 0; i < PARTS.length; i++) {
            parts[i] = scope.read(fields.part(PARTS[i]))[row];
        }
        float[] probabilities = new float[actions.length];
        for (int head = 0; head < actions.length; head++) {
            probabilities[head] = scope.read(fields.probability(heads.get(head)))[row];
        }
        return new Slate.Why(
                FloatMap.of(LABELS, parts),
                actions.length == 0 ? Slate.Why.UNTOLD.probabilities() : FloatMap.of(actions, probabilities));
    }

    /** The names of the sources of each combination of bits. */
    private static List<List<String>> namesByBits(List<String> names) {
        List<List<String>> byBits = new ArrayList<>(1 << names.size());
        for (int bits = 0; bits < 1 << names.size(); bits++) {
            List<String> chosen = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                if ((bits & 1 << i) != 0) {
                    chosen.add(names.get(i));
                }
            }
            byBits.add(List.copyOf(chosen));
        }
        return List.copyOf(byBits);
    }
}
