package dev.millrace.recommend.stages;

import dev.millrace.features.Catalog;
import dev.millrace.model.Slate;
import dev.millrace.pipeline.Field;
import dev.millrace.pipeline.Scope;
import dev.millrace.pipeline.Stage;
import dev.millrace.pipeline.StageSpec;
import dev.millrace.recommend.select.Part;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns the chosen candidates into the entries of the answer, with sources, reason and parts. */
public final class ComposeSlate implements Stage {
    private final Fields fields;
    private final Catalog catalog;
    private final List<String> sourceNames;
    private final boolean valued;
    private final StageSpec spec;

    /**
     * @param sourceNames the names behind the bits of {@link Fields#sources}
     * @param valued whether the value has parts to explain
     */
    public ComposeSlate(Fields fields, Catalog catalog, List<String> sourceNames, boolean valued) {
        this.fields = fields;
        this.catalog = catalog;
        this.sourceNames = List.copyOf(sourceNames);
        this.valued = valued;
        List<Field<?>> reads = new ArrayList<>(List.of(fields.item, fields.sources, fields.value, fields.propensity));
        for (Part part : Part.values()) {
            if (valued) {
                reads.add(fields.part(part));
            }
        }
        spec = StageSpec.of("compose-slate")
                .reading(reads.toArray(Field<?>[]::new))
                .writing(fields.entries)
                .share(3);
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
        List<Slate.Entry> entries = new ArrayList<>(scope.size());
        for (int row = 0; row < scope.size(); row++) {
            Map<String, Float> parts = valued ? parts(scope, row) : Map.of();
            entries.add(new Slate.Entry(
                    catalog.id(items[row]),
                    values[row],
                    propensities[row],
                    names(sources[row]),
                    Reason.of(sources[row], sourceNames, parts, catalog, items[row]),
                    parts));
        }
        scope.set(fields.entries, entries);
    }

    private Map<String, Float> parts(Scope scope, int row) {
        Map<String, Float> parts = new TreeMap<>();
        for (Part part : Part.values()) {
            parts.put(part.label(), scope.read(fields.part(part))[row]);
        }
        return parts;
    }

    private List<String> names(long sources) {
        List<String> names = new ArrayList<>(Long.bitCount(sources));
        for (int i = 0; i < sourceNames.size(); i++) {
            if ((sources & (1L << i)) != 0) {
                names.add(sourceNames.get(i));
            }
        }
        return names;
    }
}
