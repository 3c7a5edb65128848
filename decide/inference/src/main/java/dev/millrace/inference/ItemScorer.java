package dev.millrace.inference;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import dev.millrace.inference.RuntimeSession.TensorShape;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxReader;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.RowMatrix;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Scores the items of a table by their keys (thread-safe).
 *
 * <p>Where the table's rows are a matrix in memory, the graph gathers them from there: it takes that memory as an input, and the
 * slots of the candidates. A row is never changed where it lies, but its slot may be written again: so the slots are looked at
 * again after the run, and what was gathered of a row that has gone is not used. Otherwise rows are copied into the graph's input.
 * Both ways give the same bits.
 */
public final class ItemScorer implements AutoCloseable {
    /** Rows change in bursts, of which a copy of what lies in the table is not disturbed. */
    private static final int MOST_TRIES = 3;

    private final SequenceModel model;
    private final RowTable table;
    private final @Nullable Gathering gathering;
    private final String whyCopied;
    private final LongAdder copied = new LongAdder();

    /** What gathers: the graph, the table as its input, and the other tensors of calls. */
    private record Gathering(RuntimeSession session, TableTensor table, SlotPool<GatherSlot> slots) {
        void close() {
            slots.close();
            table.close();
            session.close();
        }
    }

    private ItemScorer(SequenceModel model, RowTable table, @Nullable Gathering gathering, String whyCopied) {
        this.model = model;
        this.table = table;
        this.gathering = gathering;
        this.whyCopied = whyCopied;
    }

    /** One that copies rows. */
    static ItemScorer copying(SequenceModel model, RowTable table, String why) {
        return new ItemScorer(model, table, null, why);
    }

    /** One that gathers rows of the matrix, or copies them where the scorer was not written by Millrace. */
    static ItemScorer gathering(
            SequenceModel model, RowTable table, RowMatrix matrix, Path scorer, InferenceConfig config)
            throws IOException {
        OnnxGraph graph;
        try {
            int pitch = matrix.pitch() / Float.BYTES;
            graph = ScorerGraph.gathering(OnnxReader.read(scorer), model.dimension(), pitch);
        } catch (IOException | IllegalArgumentException e) {
            return copying(model, table, "nothing can be put before its scorer: " + e.getMessage());
        }
        RuntimeSession session = RuntimeSession.load(graph, scorer, config.device());
        try {
            session.require(inputs(model.dimension(), matrix.pitch()), SequenceModel.SCORES);
            TableTensor tensor = TableTensor.over(matrix, session);
            SlotPool<GatherSlot> slots = new SlotPool<>(
                    config.slots(),
                    () -> GatherSlot.create(session, model.watch(), tensor, model.dimension(), config.maxCandidates()));
            return new ItemScorer(model, table, new Gathering(session, tensor, slots), "");
        } catch (OrtException e) {
            session.close();
            throw new IOException("the item table cannot be an input of " + scorer + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private static Map<String, TensorShape> inputs(int dimension, int pitch) {
        return Map.of(
                ScorerGraph.USER,
                new TensorShape(OnnxJavaType.FLOAT, 1, dimension),
                ScorerGraph.ITEM_TABLE,
                new TensorShape(OnnxJavaType.FLOAT, RuntimeSession.ANY, pitch / Float.BYTES),
                ScorerGraph.CANDIDATES,
                new TensorShape(OnnxJavaType.INT64, RuntimeSession.ANY));
    }

    /** Why rows are copied and not gathered where they lie; empty where they are gathered. */
    public String whyCopied() {
        return whyCopied;
    }

    /** How many calls copied rows. */
    public long copiedCalls() {
        return copied.sum();
    }

    /**
     * Scores the rows of the first {@code n} keys.
     *
     * @param found gets which keys have a row; the others score 0
     * @throws dev.millrace.model.MillraceException DEADLINE_EXCEEDED where it was ended, or not begun, since its time had passed
     */
    public void score(float[] userVector, long[] keys, int n, boolean[] found, float[] scores, Deadline deadline) {
        model.requireCandidates(n);
        model.requireUser(userVector);
        if (n > 0 && !gather(userVector, keys, n, found, scores, deadline)) {
            copy(userVector, keys, n, found, scores, deadline);
        }
    }

    private boolean gather(float[] userVector, long[] keys, int n, boolean[] found, float[] scores, Deadline deadline) {
        if (gathering == null) {
            return false;
        }
        GatherSlot slot = gathering.slots.borrow(deadline);
        try {
            GatherSlot.Outcome outcome = GatherSlot.Outcome.CHANGED;
            for (int attempt = 0; outcome == GatherSlot.Outcome.CHANGED && attempt < MOST_TRIES; attempt++) {
                outcome = slot.score(userVector, keys, n, found, scores, deadline);
            }
            return outcome == GatherSlot.Outcome.SCORED;
        } finally {
            gathering.slots.giveBack(slot);
        }
    }

    private void copy(float[] userVector, long[] keys, int n, boolean[] found, float[] scores, Deadline deadline) {
        copied.increment();
        try (ScoringSlot slot = model.borrowScoringSlot(deadline)) {
            table.getBatch(keys, n, slot.itemRows(), 0, found);
            slot.score(userVector, n, deadline);
            slot.scores().get(0, scores, 0, n);
        }
    }

    /** Gathers {@code rounds} times, so that the first request finds allocated buffers and compiled code; the model has copied so, then. */
    public void warmUp(int rounds) {
        if (gathering == null) {
            return;
        }
        int most = model.maxCandidates();
        long[] keys = new long[most];
        boolean[] found = new boolean[most];
        float[] scores = new float[most];
        float[] user = new float[model.dimension()];
        for (int round = 0; round < rounds; round++) {
            score(user, keys, 1 + round % most, found, scores, Deadline.none());
            score(user, keys, most, found, scores, Deadline.none());
        }
    }

    /** Waits for the calls under way; before the model is closed, and the table's memory given back. */
    @Override
    public void close() {
        if (gathering != null) {
            gathering.close();
        }
    }
}
