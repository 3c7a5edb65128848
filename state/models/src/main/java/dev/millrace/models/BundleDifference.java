package dev.millrace.models;

import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What two bundles differ in, by the name of what differs; what is equal is left out (immutable).
 *
 * @param metrics measured quality, before and after
 * @param facts kind, sizes, lineage, features, parents
 * @param fileBytes the size of each file whose content differs; 0 where it is absent
 */
public record BundleDifference(
        String before,
        String after,
        SortedMap<String, Change<Double>> metrics,
        SortedMap<String, Change<String>> facts,
        SortedMap<String, Change<Long>> fileBytes) {
    /** One thing in both bundles; absent where one lacks it. */
    public record Change<T>(@Nullable T before, @Nullable T after) {}

    /** Whether nothing differs. */
    public boolean agrees() {
        return metrics.isEmpty() && facts.isEmpty() && fileBytes.isEmpty();
    }

    static BundleDifference between(BundleManifest before, BundleManifest after) {
        SortedMap<String, Change<Double>> metrics = new TreeMap<>();
        changes(before.facts().metrics(), after.facts().metrics(), metrics);
        SortedMap<String, Change<String>> facts = new TreeMap<>();
        changes(facts(before), facts(after), facts);
        SortedMap<String, Change<BundleManifest.FileDigest>> files = new TreeMap<>();
        changes(before.files(), after.files(), files);
        SortedMap<String, Change<Long>> bytes = new TreeMap<>();
        files.forEach((name, change) -> bytes.put(name, new Change<>(size(change.before()), size(change.after()))));
        return new BundleDifference(before.version(), after.version(), metrics, facts, bytes);
    }

    private static long size(BundleManifest.@Nullable FileDigest file) {
        return file == null ? 0 : file.bytes();
    }

    private static SortedMap<String, String> facts(BundleManifest manifest) {
        SortedMap<String, String> facts = new TreeMap<>();
        facts.put("kind", manifest.kind());
        facts.put("created", manifest.created().toString());
        facts.put("dimension", Integer.toString(manifest.shape().dimension()));
        facts.put("historyLength", Integer.toString(manifest.shape().historyLength()));
        facts.put("items", Integer.toString(manifest.shape().items()));
        facts.put("parents", String.join(" ", manifest.facts().parents()));
        manifest.facts().lineage().forEach((name, value) -> facts.put("lineage." + name, value));
        manifest.facts().features().forEach((name, type) -> facts.put("features." + name, type));
        return facts;
    }

    private static <T> void changes(
            SortedMap<String, T> before, SortedMap<String, T> after, SortedMap<String, Change<T>> into) {
        TreeMap<String, T> names = new TreeMap<>(before);
        names.putAll(after);
        for (String name : names.keySet()) {
            if (!Objects.equals(before.get(name), after.get(name))) {
                into.put(name, new Change<>(before.get(name), after.get(name)));
            }
        }
    }
}
