package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.inference.watch.RunWatch;
import dev.millrace.inference.watch.WatchedRun;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.FoundRows;
import dev.millrace.storage.RowMatrix;
import org.jspecify.annotations.Nullable;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The reused tensors of one scoring call that gathers rows where they lie: a user, the slots of candidates, their scores (owned by
 * whoever borrowed it). As in a {@link ScoringSlot}, there is a set of tensors per step of rows, made when first used and kept.
 */
final class GatherSlot implements AutoCloseable {
    private final RuntimeSession session;
    private final WatchedRun watched;
    private final TableTensor table;
    private final FoundRows rows;
    private final FloatBuffer user;
    private final LongBuffer slots;
    private final FloatBuffer scores;
    private final OnnxTensor userTensor;
    private final @Nullable View[] views;

    /** How a call ended. */
    enum Outcome {
        SCORED,
        /** A row was changed meanwhile: another try finds it where it lies then. */
        CHANGED,
        /** A row lies behind those that the tensor covers. */
        OUT_OF_REACH
    }

    private record View(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {}

    private GatherSlot(RuntimeSession session, RunWatch watch, TableTensor table, int dimension, int maxCandidates)
            throws OrtException {
        this.session = session;
        this.watched = watch.add();
        this.table = table;
        this.rows = new FoundRows(maxCandidates);
        int steps = ScoringSlot.steps(maxCandidates);
        int most = steps * ScoringSlot.ROW_STEP;
        this.user = EncoderSlot.direct(dimension * Float.BYTES).asFloatBuffer();
        this.slots = EncoderSlot.direct(most * Long.BYTES).asLongBuffer();
        this.scores = EncoderSlot.direct(most * Float.BYTES).asFloatBuffer();
        this.userTensor = OnnxTensor.createTensor(session.environment(), user, new long[] {1, dimension});
        this.views = new @Nullable View[steps];
    }

    static GatherSlot create(
            RuntimeSession session, RunWatch watch, TableTensor table, int dimension, int maxCandidates) {
        try {
            return new GatherSlot(session, watch, table, dimension, maxCandidates);
        } catch (OrtException e) {
            throw new IllegalStateException("the scorer's tensors cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * Scores the rows of {@code n} keys, at least one; a key without a row scores 0.
     *
     * @return whether there are scores
     */
    Outcome score(float[] userVector, long[] keys, int n, boolean[] found, float[] into, Deadline deadline) {
        RowMatrix matrix = table.matrix();
        boolean all = matrix.find(keys, n, rows) == n;
        if (!place(n, all)) {
            return Outcome.OUT_OF_REACH;
        }
        user.put(0, userVector, 0, user.capacity());
        View view = view(n);
        session.run(view.inputs, view.outputs, watched, deadline);
        if (!matrix.areUnchanged(rows)) {
            return Outcome.CHANGED;
        }
        scores.get(0, into, 0, n);
        Arrays.fill(found, 0, n, true);
        if (!all) {
            clearMissing(n, found, into);
        }
        return Outcome.SCORED;
    }

    private void clearMissing(int n, boolean[] found, float[] into) {
        long[] at = rows.slots();
        for (int i = 0; i < n; i++) {
            if (at[i] < 0) {
                found[i] = false;
                into[i] = 0;
            }
        }
    }

    /**
     * Names the slots; for a key without a row, and up to the step's end, the first.
     *
     * @return false where one lies beyond what the tensor covers
     */
    private boolean place(int n, boolean all) {
        long[] at = rows.slots();
        slots.put(0, at, 0, n);
        for (int i = n; i < (ScoringSlot.step(n) + 1) * ScoringSlot.ROW_STEP; i++) {
            slots.put(i, 0);
        }
        return (all && table.coversAll()) || placeEach(n, at);
    }

    private boolean placeEach(int n, long[] at) {
        long most = 0;
        for (int i = 0; i < n; i++) {
            most = Math.max(most, at[i]);
            slots.put(i, Math.max(0, at[i]));
        }
        return most < table.rows();
    }

    private View view(int n) {
        int step = ScoringSlot.step(n);
        View view = views[step];
        if (view == null) {
            view = makeView((step + 1) * ScoringSlot.ROW_STEP);
            views[step] = view;
        }
        return view;
    }

    private View makeView(int n) {
        try {
            return new View(
                    Map.of(
                            ScorerGraph.USER,
                            userTensor,
                            ScorerGraph.ITEM_TABLE,
                            table.tensor(),
                            ScorerGraph.CANDIDATES,
                            OnnxTensor.createTensor(session.environment(), slots.slice(0, n), new long[] {n})),
                    Map.of(
                            ScorerGraph.SCORES,
                            OnnxTensor.createTensor(session.environment(), scores.slice(0, n), new long[] {n})));
        } catch (OrtException e) {
            throw new IllegalStateException("tensors of " + n + " rows cannot be made: " + e.getMessage(), e);
        }
    }

    /** The table's tensor is not its own. */
    @Override
    public void close() {
        List<OnnxTensor> tensors = new ArrayList<>(List.of(userTensor));
        for (View view : views) {
            if (view != null) {
                tensors.add(view.inputs.get(ScorerGraph.CANDIDATES));
                tensors.addAll(view.outputs.values());
            }
        }
        tensors.forEach(OnnxTensor::close);
        watched.close();
    }
}
