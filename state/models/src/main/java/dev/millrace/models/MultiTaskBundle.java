package dev.millrace.models;

import dev.millrace.models.BundleManifest.FileDigest;
import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.HashedRows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A ranker that was trained here, as a bundle: its graph, the rows that items and users are hashed to, and the features that it
 * reads (immutable).
 */
public final class MultiTaskBundle {
    public static final String KIND = "multi-task-ranker";

    static final Set<String> FILES = Set.of(Bundle.RANKER, Bundle.ITEM_ROWS, Bundle.USER_ROWS);

    private static final String HEADS = "heads";
    private static final String NUMBERS = "numbers";
    private static final String ID_BITS = "idBits";
    private static final int PIECE_ROWS = 4096;

    private final Bundle bundle;
    private final Inputs inputs;

    private MultiTaskBundle(Bundle bundle, Inputs inputs) {
        this.bundle = bundle;
        this.inputs = inputs;
    }

    /**
     * What the graph reads and gives.
     *
     * @param heads the actions, by their names, in the order of the graph's probabilities
     * @param numbers the features with a number per candidate, in the order of the graph's input
     * @param rows which rows of the tables stand for an id or an attribute
     */
    public record Inputs(List<String> heads, List<String> numbers, HashedRows rows) {
        public Inputs {
            heads = List.copyOf(heads);
            numbers = List.copyOf(numbers);
        }
    }

    /**
     * The graph and its sizes.
     *
     * @param dimension d, the length of an item's and a user's vector
     * @param history L, the items of a history
     */
    public record Network(OnnxGraph graph, int dimension, int history) {}

    /**
     * Both tables, [rows, d], without the row of zeros before them.
     *
     * @param items what items' ids and attributes are hashed to
     * @param users what users' ids and attributes are hashed to
     */
    @SuppressWarnings("ArrayRecordComponent") // large, and never compared
    public record Tables(float[] items, float[] users) {}

    /** @throws BundleRefusedException (MALFORMED) where the bundle is of another kind, or contradicts itself */
    public static MultiTaskBundle of(Bundle bundle) {
        Map<String, String> lineage = bundle.manifest().facts().lineage();
        try {
            if (!isMultiTask(bundle.manifest())) {
                throw new IllegalArgumentException(
                        "it is a " + bundle.manifest().kind() + " and no " + KIND);
            }
            Inputs inputs = new Inputs(
                    names(lineage.getOrDefault(HEADS, "")),
                    names(lineage.getOrDefault(NUMBERS, "")),
                    new HashedRows(Integer.parseInt(lineage.getOrDefault(ID_BITS, ""))));
            long expected = (long) inputs.rows().count() * bundle.dimension() * Float.BYTES;
            requireBytes(bundle, Bundle.ITEM_ROWS, expected);
            requireBytes(bundle, Bundle.USER_ROWS, expected);
            return new MultiTaskBundle(bundle, inputs);
        } catch (IllegalArgumentException e) {
            throw new BundleRefusedException(Reason.MALFORMED, bundle.directory(), String.valueOf(e.getMessage()));
        }
    }

    public static boolean isMultiTask(BundleManifest manifest) {
        return manifest.kind().equals(KIND);
    }

    /**
     * Writes graph and tables into {@code directory}, which must be new or empty, and opens the bundle.
     *
     * @param evidence its features name everything that is read, each with what it means: a server whose features differ
     *     refuses the bundle
     */
    public static MultiTaskBundle write(
            Path directory, Network network, Inputs inputs, Tables tables, BundleContent.Evidence evidence)
            throws IOException {
        BundleWriter.requireEmpty(Files.createDirectories(directory));
        OnnxWriter.write(network.graph(), directory.resolve(Bundle.RANKER));
        writeRows(directory.resolve(Bundle.ITEM_ROWS), tables.items(), network.dimension());
        writeRows(directory.resolve(Bundle.USER_ROWS), tables.users(), network.dimension());
        SortedMap<String, FileDigest> files = new TreeMap<>();
        for (String name : FILES) {
            files.put(name, DurableFiles.digest(directory.resolve(name)));
        }
        SortedMap<String, String> lineage = new TreeMap<>(evidence.lineage());
        lineage.put(HEADS, String.join(",", inputs.heads()));
        lineage.put(NUMBERS, String.join(",", inputs.numbers()));
        lineage.put(ID_BITS, Integer.toString(inputs.rows().idBits()));
        BundleWriter.writeManifest(
                directory,
                new BundleManifest(
                        Bundle.SCHEMA,
                        "",
                        Instant.now(),
                        KIND,
                        new BundleManifest.Shape(network.dimension(), network.history(), 0),
                        new BundleManifest.Facts(
                                new TreeMap<>(evidence.metrics()),
                                lineage,
                                new TreeMap<>(evidence.features()),
                                evidence.parents()),
                        files));
        DurableFiles.forceDirectory(directory);
        return of(Bundle.open(directory));
    }

    public Bundle bundle() {
        return bundle;
    }

    public String version() {
        return bundle.version();
    }

    public Inputs inputs() {
        return inputs;
    }

    /** d. */
    public int dimension() {
        return bundle.dimension();
    }

    /** L. */
    public int history() {
        return bundle.historyLength();
    }

    public Path graph() {
        return bundle.directory().resolve(Bundle.RANKER);
    }

    /** Maps the rows of items, the row of zeros first; they stay readable even if the bundle is deleted. */
    public FloatBuffer itemRows() throws IOException {
        return mapped(Bundle.ITEM_ROWS);
    }

    /** Maps the rows of users, the row of zeros first; they stay readable even if the bundle is deleted. */
    public FloatBuffer userRows() throws IOException {
        return mapped(Bundle.USER_ROWS);
    }

    private FloatBuffer mapped(String name) throws IOException {
        try (FileChannel file = FileChannel.open(bundle.directory().resolve(name), StandardOpenOption.READ)) {
            return file.map(FileChannel.MapMode.READ_ONLY, 0, file.size())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
        }
    }

    private static List<String> names(String list) {
        if (list.isEmpty()) {
            throw new IllegalArgumentException("its lineage names no heads or no numbers");
        }
        return List.of(list.split(","));
    }

    private static void requireBytes(Bundle bundle, String name, long expected) {
        FileDigest file = bundle.manifest().files().get(name);
        if (file == null || file.bytes() != expected) {
            throw new IllegalArgumentException(
                    name + " should have " + expected + " bytes, as id bits and dimension say");
        }
    }

    private static void writeRows(Path file, float[] rows, int dimension) throws IOException {
        ByteBuffer piece =
                ByteBuffer.allocate(PIECE_ROWS * dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeFully(channel, piece.limit(dimension * Float.BYTES)); // the row of zeros
            for (int from = 0; from < rows.length; from += PIECE_ROWS * dimension) {
                int count = Math.min(rows.length - from, PIECE_ROWS * dimension);
                piece.clear();
                piece.asFloatBuffer().put(rows, from, count);
                writeFully(channel, piece.limit(count * Float.BYTES));
            }
            channel.force(true);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
