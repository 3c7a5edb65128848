package dev.millrace.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.model.ItemId;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.delta.ItemChange;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.delta.ModelDelta.Cause;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A {@link ModelDelta} as a bundle: rows of items, and the other numbers in one small document (stateless). */
public final class DeltaBundle {
    public static final String KIND = "online-delta";

    private static final String VECTORS = VectorEncoding.FP32.file();
    static final Set<String> FILES = Set.of(Bundle.ITEMS, VECTORS, Bundle.DELTA);
    private static final String SEQUENCE = "sequence";
    private static final String CAUSE = "cause";
    private static final String LOG_OFFSET = "logOffset";
    private static final String RANKER = "ranker";
    private static final ObjectMapper JSON = new ObjectMapper();

    private DeltaBundle() {}

    /** The numbers of {@code delta.json}; those of items stand in the order of {@code items.txt}. */
    @SuppressWarnings("ArrayRecordComponent") // a document, never compared
    private record Numbers(
            float[] userShift,
            float[] itemBiases,
            SortedMap<String, Float> topics,
            SortedMap<String, Double> heads,
            @Nullable SortedMap<String, Float> rankerOffsets) {
        /** Deltas of before have none. */
        SortedMap<String, Float> offsets() {
            return rankerOffsets == null ? Collections.emptySortedMap() : rankerOffsets;
        }
    }

    public static boolean isDelta(BundleManifest manifest) {
        return manifest.kind().equals(KIND);
    }

    /** The delta's place among those of its parent; 0 where the manifest does not say. */
    public static long sequence(BundleManifest manifest) {
        try {
            return Long.parseLong(manifest.facts().lineage().getOrDefault(SEQUENCE, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The version of the model that a delta belongs to; empty where the manifest names none. */
    public static String parent(BundleManifest manifest) {
        List<String> parents = manifest.facts().parents();
        return parents.isEmpty() ? "" : parents.getFirst();
    }

    /**
     * Writes a delta, forces it to the disk, and opens it.
     *
     * @param directory new or empty
     * @param metrics what the guard measured of it
     */
    public static Bundle write(Path directory, ModelDelta delta, Map<String, Double> metrics) throws IOException {
        BundleWriter.requireEmpty(Files.createDirectories(directory));
        List<ItemChange> items = delta.items();
        float[] rows = new float[items.size() * delta.dimension()];
        float[] biases = new float[items.size()];
        List<ItemId> ids = new ArrayList<>(items.size());
        for (int i = 0; i < biases.length; i++) {
            ids.add(items.get(i).item());
            biases[i] = items.get(i).bias();
            System.arraycopy(items.get(i).shift(), 0, rows, i * delta.dimension(), delta.dimension());
        }
        BundleWriter.writeItems(directory.resolve(Bundle.ITEMS), new Vocabulary(ids));
        BundleWriter.writeVectors(directory.resolve(VECTORS), ItemVectors.of(rows, Math.max(1, delta.dimension())));
        byte[] numbers = JSON.writeValueAsBytes(new Numbers(
                delta.userShift(),
                biases,
                delta.topics(),
                delta.heads().values(),
                delta.heads().offsets()));
        DurableFiles.write(directory.resolve(Bundle.DELTA), numbers);
        BundleWriter.writeManifest(directory, manifest(directory, delta, metrics));
        DurableFiles.forceDirectory(directory);
        return Bundle.open(directory);
    }

    private static BundleManifest manifest(Path directory, ModelDelta delta, Map<String, Double> metrics)
            throws IOException {
        SortedMap<String, BundleManifest.FileDigest> files = new TreeMap<>();
        for (String name : FILES) {
            files.put(name, DurableFiles.digest(directory.resolve(name)));
        }
        SortedMap<String, String> lineage = new TreeMap<>();
        lineage.put(SEQUENCE, Long.toString(delta.sequence()));
        lineage.put(CAUSE, delta.cause().name().toLowerCase(Locale.ROOT));
        lineage.put(LOG_OFFSET, Long.toString(delta.logOffset()));
        lineage.put(RANKER, delta.heads().ranker());
        return new BundleManifest(
                Bundle.SCHEMA,
                "",
                Instant.now(),
                KIND,
                new BundleManifest.Shape(delta.dimension(), 0, delta.items().size()),
                new BundleManifest.Facts(new TreeMap<>(metrics), lineage, new TreeMap<>(), List.of(delta.parent())),
                files);
    }

    /** @throws BundleRefusedException (MALFORMED) where the bundle is no delta, or its numbers contradict each other */
    public static ModelDelta read(Bundle bundle) throws IOException {
        BundleManifest manifest = bundle.manifest();
        Map<String, String> lineage = manifest.facts().lineage();
        try {
            if (!isDelta(manifest)) {
                throw new IllegalArgumentException("it is a " + manifest.kind() + " and no " + KIND);
            }
            Numbers numbers =
                    JSON.readValue(bundle.directory().resolve(Bundle.DELTA).toFile(), Numbers.class);
            if (numbers.userShift.length != bundle.dimension()) {
                throw new IllegalArgumentException("its user shift has " + numbers.userShift.length
                        + " dimensions, but the manifest says " + bundle.dimension());
            }
            return new ModelDelta(
                    parent(manifest),
                    sequence(manifest),
                    Cause.valueOf(lineage.getOrDefault(CAUSE, "").toUpperCase(Locale.ROOT)),
                    Long.parseLong(lineage.getOrDefault(LOG_OFFSET, "")),
                    numbers.userShift,
                    items(bundle, numbers.itemBiases),
                    numbers.topics,
                    new ModelDelta.Heads(lineage.getOrDefault(RANKER, ""), numbers.heads, numbers.offsets()));
        } catch (JsonProcessingException | IllegalArgumentException | NullPointerException e) {
            throw new BundleRefusedException(Reason.MALFORMED, bundle.directory(), String.valueOf(e.getMessage()));
        }
    }

    private static List<ItemChange> items(Bundle bundle, float[] biases) throws IOException {
        Vocabulary ids = bundle.vocabulary();
        if (biases.length != ids.size()) {
            throw new IllegalArgumentException("it has " + biases.length + " biases for " + ids.size() + " items");
        }
        List<ItemChange> items = new ArrayList<>(ids.size());
        if (ids.size() > 0) {
            ItemVectors rows = bundle.itemVectors();
            for (int i = 0; i < biases.length; i++) {
                float[] shift = new float[bundle.dimension()];
                rows.read(i, shift);
                items.add(new ItemChange(ids.item(i), biases[i], shift));
            }
        }
        return items;
    }
}
