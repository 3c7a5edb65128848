package dev.millrace.features;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The features by name, in the order in which rows hold them. Immutable.
 *
 * <p>A model stores the {@link #fingerprint()} of the schema it learned from; another one means other inputs.
 */
public record FeatureSchema(List<FeatureDefinition> definitions) {
    public FeatureSchema {
        definitions = List.copyOf(definitions);
        Set<String> names = new HashSet<>();
        for (FeatureDefinition definition : definitions) {
            if (!names.add(definition.name())) {
                throw new IllegalArgumentException("two features are named " + definition.name() + "; rename one");
            }
        }
    }

    /** Every feature that Millrace has. */
    public static FeatureSchema standard(FeaturesConfig config) {
        return StandardFeatures.schema(config);
    }

    /** @throws IllegalArgumentException when no feature has this name */
    public FeatureDefinition definition(String name) {
        for (FeatureDefinition definition : definitions) {
            if (definition.name().equals(name)) {
                return definition;
            }
        }
        throw new IllegalArgumentException("no feature is named " + name + "; there are "
                + definitions.stream().map(FeatureDefinition::name).toList());
    }

    /** @throws IllegalArgumentException when no feature with a number per item has this name */
    public FeatureDefinition.Numeric numeric(String name) {
        if (definition(name) instanceof FeatureDefinition.Numeric numeric) {
            return numeric;
        }
        throw new IllegalArgumentException(name + " is not a number per item; read it by its own kind");
    }

    /** The features with a number per item, in order. */
    public List<FeatureDefinition.Numeric> numeric() {
        List<FeatureDefinition.Numeric> numeric = new ArrayList<>();
        for (FeatureDefinition definition : definitions) {
            if (definition instanceof FeatureDefinition.Numeric one) {
                numeric.add(one);
            }
        }
        return numeric;
    }

    /** What each feature is, by its name: kind, version, how events update it. A model keeps it of what it learnt from. */
    public Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (FeatureDefinition definition : definitions) {
            meanings.put(
                    definition.name(),
                    "%s v%d: %s"
                            .formatted(
                                    definition.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                                    definition.version(),
                                    definition.update()));
        }
        return meanings;
    }

    /** One line per feature: kind, name, version, update. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        for (FeatureDefinition definition : definitions) {
            text.append("%-9s%-26s v%d  %s%n"
                    .formatted(
                            definition.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                            definition.name(),
                            definition.version(),
                            definition.update()));
        }
        return text.toString();
    }

    /** Changes when a feature comes, goes, moves, or changes its version or its update. */
    public String fingerprint() {
        CRC32C sum = new CRC32C();
        sum.update(describe().replace(System.lineSeparator(), "\n").getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }
}
