package dev.millrace.inference;

import ai.onnxruntime.OnnxJavaType;
import dev.millrace.inference.RuntimeSession.TensorShape;
import dev.millrace.inference.watch.RunWatch;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.models.Bundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.graph.TransformerGraph;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/**
 * A bundle ready to answer: histories become user vectors, user vectors and item rows become scores (thread-safe).
 *
 * <p>Sessions are shared, buffers are pooled. A score depends on the user and the row alone, never on the other rows of
 * the call. Closing waits for the calls under way.
 */
public final class SequenceModel implements AutoCloseable {
    static final Map<String, TensorShape> SCORES =
            Map.of(ScorerGraph.SCORES, new TensorShape(OnnxJavaType.FLOAT, RuntimeSession.ANY));

    private final String version;
    private final int dimension;
    private final int historyLength;
    private final InferenceConfig config;
    private final Path scorerFile;
    private final Vocabulary vocabulary;
    private final RuntimeSession encoder;
    private final RuntimeSession scorer;
    private final RunWatch watch;
    private final SlotPool<EncoderSlot> encoderSlots;
    private final SlotPool<ScoringSlot.Native> scoringSlots;
    private final @Nullable UserStates userStates;
    private volatile boolean closed;

    private SequenceModel(Bundle bundle, InferenceConfig config, RuntimeSession encoder, RuntimeSession scorer) {
        this.version = bundle.version();
        this.dimension = bundle.dimension();
        this.historyLength = bundle.historyLength();
        this.config = config;
        this.scorerFile = bundle.scorer();
        this.vocabulary = bundle.vocabulary();
        this.encoder = encoder;
        this.scorer = scorer;
        this.watch = RunWatch.start(version);
        this.encoderSlots =
                new SlotPool<>(config.slots(), () -> EncoderSlot.create(encoder, watch, historyLength, dimension));
        this.userStates = config.userStates() == 0 ? null : new UserStates(config.userStates(), dimension);
        this.scoringSlots = new SlotPool<>(
                config.slots(), () -> ScoringSlot.Native.create(scorer, watch, dimension, config.maxCandidates()));
    }

    /**
     * Loads both graphs of a bundle.
     *
     * @throws IOException when a graph cannot be loaded, or its inputs and outputs are not those the bundle promises
     */
    public static SequenceModel load(Bundle bundle, InferenceConfig config) throws IOException {
        RuntimeSession encoder = RuntimeSession.load(bundle.encoder(), config.device());
        try {
            encoder.require(
                    Map.of(TransformerGraph.HISTORY, new TensorShape(OnnxJavaType.INT64, 1, bundle.historyLength())),
                    Map.of(TransformerGraph.USER, new TensorShape(OnnxJavaType.FLOAT, 1, bundle.dimension())));
            return new SequenceModel(bundle, config, encoder, loadScorer(bundle, config.device()));
        } catch (IOException | RuntimeException e) {
            encoder.close();
            throw e;
        }
    }

    private static RuntimeSession loadScorer(Bundle bundle, DeviceConfig device) throws IOException {
        RuntimeSession scorer = RuntimeSession.load(bundle.scorer(), device);
        try {
            scorer.require(
                    Map.of(
                            ScorerGraph.USER,
                            new TensorShape(OnnxJavaType.FLOAT, 1, bundle.dimension()),
                            ScorerGraph.ITEMS,
                            new TensorShape(OnnxJavaType.FLOAT, RuntimeSession.ANY, bundle.dimension())),
                    SCORES);
            return scorer;
        } catch (IOException | RuntimeException e) {
            scorer.close();
            throw e;
        }
    }

    public String version() {
        return version;
    }

    public int dimension() {
        return dimension;
    }

    /** The most candidates that one call may score. */
    public int maxCandidates() {
        return config.maxCandidates();
    }

    public int historyLength() {
        return historyLength;
    }

    /** The item's number in the model, or -1 when the model was trained without it. */
    public int vocabularyIndex(ItemId item) {
        return vocabulary.index(item);
    }

    /** Encodes a history, however long it takes. */
    public void encode(int[] vocabularyIndexes, int count, float[] userVector) {
        encode(vocabularyIndexes, count, userVector, Deadline.none());
    }

    /**
     * Encodes a history into a user vector. A history that was encoded a while ago costs a copy.
     *
     * @param vocabularyIndexes the items, oldest first; only the newest {@link #historyLength()} are read
     * @param count how many of them to use, at least 1
     * @param userVector receives {@link #dimension()} floats
     * @throws MillraceException DEADLINE_EXCEEDED where it was ended, or not begun, since its time had passed
     */
    public void encode(int[] vocabularyIndexes, int count, float[] userVector, Deadline deadline) {
        requireHistory(vocabularyIndexes, count);
        requireUser(userVector);
        UserStates known = userStates;
        if (known == null) {
            run(vocabularyIndexes, count, userVector, deadline);
            return;
        }
        if (closed) {
            throw new MillraceException(ErrorCode.UNAVAILABLE, "this model was closed; ask for the live model again");
        }
        long key = known.key(vocabularyIndexes, Math.max(0, count - historyLength), count);
        if (!known.read(key, userVector)) {
            run(vocabularyIndexes, count, userVector, deadline);
            known.put(key, userVector);
        }
    }

    private void run(int[] vocabularyIndexes, int count, float[] userVector, Deadline deadline) {
        EncoderSlot slot = encoderSlots.borrow(deadline);
        try {
            slot.encode(vocabularyIndexes, count, userVector, deadline);
        } finally {
            encoderSlots.giveBack(slot);
        }
    }

    /**
     * Scores {@code n} item rows of {@link #dimension()} floats each, which are copied; to write them in place, use
     * {@link #borrowScoringSlot()}.
     */
    public void score(float[] userVector, MemorySegment rows, int n, float[] scores) {
        requireUser(userVector);
        requireCandidates(n);
        if (n > scores.length) {
            throw new IllegalArgumentException(n + " candidates do not fit the array of " + scores.length + " scores");
        }
        try (ScoringSlot slot = borrowScoringSlot()) {
            long bytes = (long) n * dimension * Float.BYTES;
            MemorySegment.copy(rows, 0, slot.itemRows(), 0, bytes);
            slot.score(userVector, n);
            slot.scores().get(0, scores, 0, n);
        }
    }

    /**
     * A scorer of a table's items, to be closed before this model is.
     *
     * @param table rows of {@link #dimension()} floats; gathered where they lie, if that is wanted and they lie in one piece of memory
     */
    public ItemScorer scorerOf(RowTable table) throws IOException {
        requireRows(table);
        RowMatrix matrix = table.matrix();
        if (!config.gathers()) {
            return ItemScorer.copying(this, table, "inference.gather is false");
        }
        if (matrix == null) {
            return ItemScorer.copying(this, table, "the table's rows do not lie in one piece of memory");
        }
        if (config.device().provider() != ExecutionProvider.CPU) {
            return ItemScorer.copying(
                    this, table, "to " + config.device().provider() + " each run would hand the whole table over");
        }
        return ItemScorer.gathering(this, table, matrix, scorerFile, config);
    }

    /** Lends buffers whose item rows the caller fills itself; waits while all are lent. Close it to give it back. */
    public ScoringSlot borrowScoringSlot() {
        return borrowScoringSlot(Deadline.none());
    }

    /** The same, but waits until a deadline at most. */
    ScoringSlot borrowScoringSlot(Deadline deadline) {
        return new ScoringSlot(scorer, scoringSlots, deadline);
    }

    /** Runs both graphs {@code rounds} times, so that the first request finds allocated buffers and compiled code. */
    public void warmUp(int rounds) {
        int[] history = new int[historyLength];
        float[] user = new float[dimension];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < historyLength; i++) {
                history[i] = (round + i) % vocabulary.size();
            }
            run(history, historyLength, user, Deadline.none());
            try (ScoringSlot slot = borrowScoringSlot()) {
                slot.score(user, 1 + round % maxCandidates());
                slot.score(user, maxCandidates());
            }
        }
    }

    /** Waits for the calls under way, then frees the native memory; later calls fail with UNAVAILABLE. */
    @Override
    public void close() {
        closed = true;
        encoderSlots.close();
        scoringSlots.close();
        watch.close();
        encoder.close();
        scorer.close();
    }

    RunWatch watch() {
        return watch;
    }

    /** How many runs were ended since their time had passed. */
    public long endedRuns() {
        return watch.ended();
    }

    private void requireRows(RowTable table) {
        if (table.rowBytes() != dimension * Float.BYTES) {
            throw new IllegalArgumentException("the table has rows of " + table.rowBytes() + " bytes; model " + version
                    + " scores rows of " + dimension + " floats");
        }
    }

    void requireCandidates(int n) {
        if (n < 0 || n > maxCandidates()) {
            throw new IllegalArgumentException(
                    n + " candidates; give 0 to " + maxCandidates() + " (inference.max-candidates)");
        }
    }

    private void requireHistory(int[] vocabularyIndexes, int count) {
        if (count < 1 || count > vocabularyIndexes.length) {
            throw new IllegalArgumentException(
                    "a history of " + count + " items; give 1 to " + vocabularyIndexes.length);
        }
        for (int i = Math.max(0, count - historyLength); i < count; i++) {
            if (vocabularyIndexes[i] < 0 || vocabularyIndexes[i] >= vocabulary.size()) {
                throw new IllegalArgumentException("position " + i + " of the history is " + vocabularyIndexes[i]
                        + "; give an index of the vocabulary, 0 to " + (vocabulary.size() - 1));
            }
        }
    }

    void requireUser(float[] userVector) {
        if (userVector.length < dimension) {
            throw new IllegalArgumentException(
                    "a user vector of " + userVector.length + " floats; give at least " + dimension);
        }
    }
}
