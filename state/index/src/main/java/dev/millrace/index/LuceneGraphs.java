package dev.millrace.index;

import dev.millrace.kernels.VectorMath;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.hnsw.HnswGraphProvider;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LogDocMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Has Lucene build the graph over a set of vectors and keep it in a directory, and reads it back into plain arrays.
 * Stateless, thread-safe.
 *
 * <p>The graph is built over inner products of vectors whose lengths are evened out to the power 0.35, and searched by
 * the true inner products. Over raw vectors the long ones attract all edges and short ones cannot be reached; over unit
 * vectors the lengths lead nowhere. Vectors are first written without a graph, and the one merge that follows builds it
 * with all threads.
 */
final class LuceneGraphs {
    private static final String VECTOR = "vector";
    private static final String KEY = "key";
    private static final String STRETCH = "stretch";
    private static final String DIMENSION = "dimension";
    /** How much of the differences in length the graph does not see: 0 for none, 1 for unit vectors. */
    private static final double EVENING = 0.65;

    /** Parts that wait without a graph for the final merge: at least these many, and of at most these many bytes. */
    private static final int MIN_PARTS = 4;

    private static final long MAX_PART_BYTES = 256L << 20;
    private static final int MERGE_AT_ONCE = 1_000;

    private LuceneGraphs() {}

    /** The vectors to be indexed. */
    interface Rows {
        int ordinal(int row);

        int sequence(int row);

        void vector(int row, float[] into);
    }

    /** Builds over the first {@code n} rows, replacing what the directory holds; {@code n} is above 0. */
    static void build(Directory directory, int dimension, int n, Rows rows, VectorIndexConfig config, Progress progress)
            throws IOException {
        BuildProgress counted = new BuildProgress(n, progress);
        try (ExecutorService workers = Executors.newFixedThreadPool(config.buildThreads(), LuceneGraphs::worker);
                IndexWriter writer = new IndexWriter(
                        directory, writerConfig(format(n, config, workers), partSize(n, dimension), counted))) {
            float[] vector = new float[dimension];
            for (int row = 0; row < n; row++) {
                rows.vector(row, vector);
                VectorRows.require("vector of item " + rows.ordinal(row), vector, dimension);
                writer.addDocument(document(vector, rows.ordinal(row), rows.sequence(row)));
                counted.read(row + 1);
            }
            writer.forceMerge(1);
            writer.setLiveCommitData(
                    Map.of(DIMENSION, Integer.toString(dimension)).entrySet());
            writer.commit();
        }
        counted.finish();
    }

    static VectorSegment read(Directory directory, int dimension) throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            String found = reader.getIndexCommit().getUserData().get(DIMENSION);
            if (!Integer.toString(dimension).equals(found) || reader.leaves().size() != 1) {
                throw new IOException("the directory holds an index of dimension " + found + " in "
                        + reader.leaves().size() + " parts; expected dimension " + dimension
                        + " in one part: build the index again");
            }
            return segment(reader.leaves().getFirst().reader(), dimension);
        }
    }

    private static VectorSegment segment(LeafReader leaf, int dimension) throws IOException {
        int n = leaf.maxDoc();
        VectorRows rows = new VectorRows(dimension, n);
        int[] ordinals = new int[n];
        int[] sequences = new int[n];
        FloatVectorValues vectors = leaf.getFloatVectorValues(VECTOR);
        NumericDocValues keys = leaf.getNumericDocValues(KEY);
        NumericDocValues stretches = leaf.getNumericDocValues(STRETCH);
        float[] vector = new float[dimension];
        for (int row = 0; row < n; row++) {
            System.arraycopy(vectors.vectorValue(row), 0, vector, 0, dimension);
            stretches.nextDoc();
            VectorMath.scale(Float.intBitsToFloat((int) stretches.longValue()), vector, dimension);
            rows.set(row, vector);
            keys.nextDoc();
            ordinals[row] = (int) keys.longValue();
            sequences[row] = (int) (keys.longValue() >>> 32);
        }
        HnswGraph graph = graph(leaf);
        NeighbourGraph copy = graph == null || graph.size() < n ? null : NeighbourGraph.copyOf(graph);
        return new VectorSegment(rows, ordinals, sequences, copy);
    }

    private static @Nullable HnswGraph graph(LeafReader leaf) throws IOException {
        KnnVectorsReader reader = ((CodecReader) leaf).getVectorReader();
        if (reader instanceof PerFieldKnnVectorsFormat.FieldsReader fields) {
            reader = fields.getFieldReader(VECTOR);
        }
        return reader instanceof HnswGraphProvider provider ? provider.getGraph(VECTOR) : null;
    }

    private static Document document(float[] vector, int ordinal, int sequence) {
        float stretch = (float) Math.pow(length(vector), EVENING);
        float[] even = vector.clone();
        VectorMath.scale(1 / stretch, even, even.length);
        Document document = new Document();
        document.add(new KnnFloatVectorField(VECTOR, even, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
        document.add(new NumericDocValuesField(STRETCH, Float.floatToIntBits(stretch)));
        document.add(new NumericDocValuesField(KEY, ((long) sequence << 32) | ordinal));
        return document;
    }

    // In double: the squares of tiny and of huge numbers are no floats.
    private static double length(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares);
    }

    private static IndexWriterConfig writerConfig(KnnVectorsFormat format, int partSize, BuildProgress progress) {
        LogDocMergePolicy merges = new LogDocMergePolicy();
        merges.setMergeFactor(MERGE_AT_ONCE);
        IndexWriterConfig config = new IndexWriterConfig(null);
        config.setOpenMode(IndexWriterConfig.OpenMode.CREATE);
        config.setMaxBufferedDocs(partSize);
        config.setRAMBufferSizeMB(IndexWriterConfig.DISABLE_AUTO_FLUSH);
        config.setMergePolicy(merges);
        config.setMergeScheduler(new SerialMergeScheduler());
        config.setUseCompoundFile(false);
        config.setInfoStream(progress);
        config.setCodec(new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        });
        return config;
    }

    private static int partSize(int n, int dimension) {
        long most = MAX_PART_BYTES / ((long) dimension * Float.BYTES);
        return (int) Math.max(2, Math.min(most, n / MIN_PARTS + 1));
    }

    // Lucene leaves a part without a graph while it holds fewer than threshold × ln(size) vectors: the parts, but not
    // all.
    private static KnnVectorsFormat format(int n, VectorIndexConfig config, ExecutorService workers) {
        int threshold = Math.max(Lucene99HnswVectorsFormat.HNSW_GRAPH_THRESHOLD, (int) (n / Math.log(n) / 2));
        int threads = config.buildThreads();
        return new Lucene99HnswVectorsFormat(
                config.connections(), config.buildBeam(), threads, threads == 1 ? null : workers, threshold);
    }

    private static Thread worker(Runnable task) {
        Thread thread = new Thread(task, "vector-index-build");
        thread.setDaemon(true);
        return thread;
    }
}
