package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.inference.watch.RunWatch;
import dev.millrace.inference.watch.WatchedRun;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The reused input and output of one scoring call: fill {@link #itemRows()}, call {@link #score}, read {@link #scores()},
 * close (owned by whoever borrowed it).
 *
 * <p>Tensors are views over the first n rows of one direct buffer. ONNX Runtime's Java tensors cannot be reshaped, so
 * there is one per step of {@link #ROW_STEP} rows, made when first used and kept: no garbage per candidate, and few
 * shapes for the runtime. Rows between n and the step are scored too and ignored.
 */
public final class ScoringSlot implements AutoCloseable {
    static final int ROW_STEP = 16;

    private final RuntimeSession session;
    private final SlotPool<Native> home;
    private @Nullable Native lent;

    ScoringSlot(RuntimeSession session, SlotPool<Native> home, Deadline deadline) {
        this.session = session;
        this.home = home;
        this.lent = home.borrow(deadline);
    }

    static int steps(int rows) {
        return (rows + ROW_STEP - 1) / ROW_STEP;
    }

    /** The step that holds so many rows, at least one. */
    static int step(int rows) {
        return (rows - 1) / ROW_STEP;
    }

    /** The rows to be scored, one after another, d floats each in the machine's byte order; stale until written. */
    public MemorySegment itemRows() {
        return lent().rows;
    }

    /** Scores the first {@code n} rows for a user, however long it takes. */
    public void score(float[] userVector, int n) {
        score(userVector, n, Deadline.none());
    }

    /**
     * Scores the first {@code n} rows for a user.
     *
     * @throws dev.millrace.model.MillraceException DEADLINE_EXCEEDED where it was ended, or not begun, since its time had passed
     */
    public void score(float[] userVector, int n, Deadline deadline) {
        Native slot = lent();
        slot.requireRows(n);
        slot.user.put(0, userVector, 0, slot.user.capacity());
        if (n > 0) {
            View view = slot.view(session, n);
            session.run(view.inputs, view.outputs, slot.watched, deadline);
        }
    }

    /** The scores, one per row; valid until the slot is closed. */
    public FloatBuffer scores() {
        return lent().scores;
    }

    /** Gives the buffers back. Closing twice does nothing. */
    @Override
    public void close() {
        Native slot = lent;
        if (slot != null) {
            lent = null;
            home.giveBack(slot);
        }
    }

    private Native lent() {
        Native slot = lent;
        if (slot == null) {
            throw new IllegalStateException("this scoring slot was closed; borrow another");
        }
        return slot;
    }

    /** The tensors over the first rows of a slot's buffers. */
    private record View(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {}

    /** The buffers and tensors that outlive a borrowing (owned by the borrower, else by the pool). */
    static final class Native implements AutoCloseable {
        private final int dimension;
        private final int maxRows;
        private final WatchedRun watched;
        private final FloatBuffer user;
        private final ByteBuffer rowBytes;
        private final MemorySegment rows;
        private final FloatBuffer scores;
        private final OnnxTensor userTensor;
        private final @Nullable View[] views;

        private Native(RuntimeSession session, RunWatch watch, int dimension, int maxCandidates) throws OrtException {
            this.watched = watch.add();
            this.dimension = dimension;
            this.maxRows = maxCandidates;
            int steps = steps(maxCandidates);
            this.user = EncoderSlot.direct(dimension * Float.BYTES).asFloatBuffer();
            this.rowBytes = EncoderSlot.direct(Math.multiplyExact(steps * ROW_STEP, dimension * Float.BYTES));
            this.rows = MemorySegment.ofBuffer(rowBytes);
            this.scores = EncoderSlot.direct(steps * ROW_STEP * Float.BYTES).asFloatBuffer();
            this.userTensor = OnnxTensor.createTensor(session.environment(), user, new long[] {1, dimension});
            this.views = new @Nullable View[steps];
        }

        static Native create(RuntimeSession session, RunWatch watch, int dimension, int maxCandidates) {
            try {
                return new Native(session, watch, dimension, maxCandidates);
            } catch (OrtException e) {
                throw new IllegalStateException("the scorer's tensors cannot be made: " + e.getMessage(), e);
            }
        }

        private void requireRows(int n) {
            if (n < 0 || n > maxRows) {
                throw new IllegalArgumentException(
                        n + " candidates; give 0 to " + maxRows + " (inference.max-candidates)");
            }
        }

        private View view(RuntimeSession session, int n) {
            int step = step(n);
            View view = views[step];
            if (view == null) {
                view = makeView(session, (step + 1) * ROW_STEP);
                views[step] = view;
            }
            return view;
        }

        private View makeView(RuntimeSession session, int n) {
            FloatBuffer first =
                    rowBytes.duplicate().order(rowBytes.order()).asFloatBuffer().slice(0, n * dimension);
            try {
                return new View(
                        Map.of(
                                ScorerGraph.USER,
                                userTensor,
                                ScorerGraph.ITEMS,
                                OnnxTensor.createTensor(session.environment(), first, new long[] {n, dimension})),
                        Map.of(
                                ScorerGraph.SCORES,
                                OnnxTensor.createTensor(session.environment(), scores.slice(0, n), new long[] {n})));
            } catch (OrtException e) {
                throw new IllegalStateException("a tensor of " + n + " rows cannot be made: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            List<OnnxTensor> tensors = new ArrayList<>(List.of(userTensor));
            for (View view : views) {
                if (view != null) {
                    tensors.addAll(view.inputs.values());
                    tensors.addAll(view.outputs.values());
                }
            }
            tensors.stream().distinct().forEach(OnnxTensor::close);
            watched.close();
        }
    }
}
