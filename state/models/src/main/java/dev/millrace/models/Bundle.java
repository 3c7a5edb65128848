package dev.millrace.models;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/**
 * A trained model as a directory that names itself by its content and proves it when opened (immutable).
 *
 * <p>Format: {@code docs/formats/model-bundle.md}.
 */
public final class Bundle {
    /** The layout that this version of Millrace writes. */
    public static final int SCHEMA = 2;

    /** The oldest layout that it reads: before signatures, parents and features. */
    static final int OLDEST_SCHEMA = 1;

    static final String MANIFEST = "manifest.json";
    static final String ENCODER = "encoder.onnx";
    static final String SCORER = "scorer.onnx";
    static final String ITEMS = "items.txt";
    static final String CURVE = "curve.jsonl";
    static final String RANKER = "ranker.onnx";
    static final String DELTA = "delta.json";
    static final String ITEM_ROWS = "item-rows.f32";
    static final String USER_ROWS = "user-rows.f32";
    static final String SIGNATURE = "signature.json";

    private final Path directory;
    private final BundleManifest manifest;
    private final Vocabulary vocabulary;
    private final List<CurvePoint> curve;

    Bundle(Path directory, BundleManifest manifest, Vocabulary vocabulary, List<CurvePoint> curve) {
        this.directory = directory;
        this.manifest = manifest;
        this.vocabulary = vocabulary;
        this.curve = List.copyOf(curve);
    }

    /**
     * Reads and verifies every byte of the bundle.
     *
     * @throws BundleRefusedException when a file is missing, added, changed or cut, or the layout is unknown
     */
    public static Bundle open(Path directory) throws IOException {
        return BundleReader.read(directory);
    }

    public Path directory() {
        return directory;
    }

    public BundleManifest manifest() {
        return manifest;
    }

    public String version() {
        return manifest.version();
    }

    public int dimension() {
        return manifest.shape().dimension();
    }

    public int historyLength() {
        return manifest.shape().historyLength();
    }

    public Vocabulary vocabulary() {
        return vocabulary;
    }

    public List<CurvePoint> curve() {
        return curve;
    }

    /** The network from a history of items to a user vector. */
    public Path encoder() {
        return directory.resolve(ENCODER);
    }

    /** The network from a user vector and item rows to scores. */
    public Path scorer() {
        return directory.resolve(SCORER);
    }

    /** Maps the item vectors; they stay readable as long as the answer is reachable, even if the bundle is deleted. */
    public ItemVectors itemVectors() throws IOException {
        VectorEncoding encoding = Objects.requireNonNull(VectorEncoding.among(manifest.files()));
        try (FileChannel file = FileChannel.open(directory.resolve(encoding.file()), StandardOpenOption.READ)) {
            MemorySegment rows = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), Arena.ofAuto());
            return new MappedItemVectors(rows.asReadOnly(), vocabulary.size(), dimension(), encoding);
        }
    }

    /** Item vectors in a mapped file. Thread-safe; the mapping lives as long as it is reachable. */
    private record MappedItemVectors(MemorySegment rows, int count, int dimension, VectorEncoding encoding)
            implements ItemVectors {
        @Override
        public void read(int item, float[] into) {
            Objects.checkIndex(item, count);
            encoding.read(rows, item, into, dimension);
        }
    }
}
