package dev.millrace.inference;

import dev.millrace.inference.RuntimeSession.TensorShape;
import dev.millrace.inference.batching.AdaptiveBatcher;
import dev.millrace.inference.batching.BatchFigures;
import dev.millrace.inference.batching.BatchWork;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Any graph that gives each row its scores: loaded, batched across requests, run (thread-safe).
 *
 * <p>A score depends on its own row alone, to the last bit, whatever is in the batch. Closing waits for the calls under way.
 */
public final class Ranker implements AutoCloseable {
    /** Calls wait in the batcher's queue, so there are many more of them than cores; their buffers are made on demand. */
    private static final int MOST_CALLS = 256;

    private static final int FEWEST_CALLS = 16;
    private static final long CALL_BYTES = 256L << 20;

    private final RankerSignature signature;
    private final RuntimeSession session;
    private final SlotPool<RankerCall> calls;
    private final SlotPool<RankerBuffers> batches;
    private final AdaptiveBatcher batcher;

    private Ranker(RankerSignature signature, RuntimeSession session, InferenceConfig config, Clock clock) {
        this.signature = signature;
        this.session = session;
        int batchRows = Math.max(config.batching().maxRows(), config.maxCandidates());
        this.calls = new SlotPool<>(
                calls(signature, config.maxCandidates()),
                () -> new RankerCall(this, new RankerBuffers(session, signature, config.maxCandidates())));
        this.batches =
                new SlotPool<>(config.batching().cores(), () -> new RankerBuffers(session, signature, batchRows));
        this.batcher = new AdaptiveBatcher(config.batching(), this::runBatch, clock);
    }

    /** So many that the buffers of all of them stay within {@link #CALL_BYTES}. */
    private static int calls(RankerSignature signature, int maxCandidates) {
        long rowBytes = 0;
        for (Port port : signature.inputs()) {
            rowBytes += port.rowBytes();
        }
        for (Port port : signature.outputs()) {
            rowBytes += port.rowBytes();
        }
        return Math.clamp(CALL_BYTES / (rowBytes * maxCandidates), FEWEST_CALLS, MOST_CALLS);
    }

    /**
     * Loads a graph and holds it to its signature.
     *
     * @throws IOException when it cannot be loaded, or its inputs and outputs are not those that the signature declares
     */
    public static Ranker load(Path graph, RankerSignature signature, InferenceConfig config) throws IOException {
        return load(graph, signature, config, Clock.system());
    }

    static Ranker load(Path graph, RankerSignature signature, InferenceConfig config, Clock clock) throws IOException {
        RuntimeSession session = RuntimeSession.load(graph, config.device());
        try {
            requireInputs(graph, signature, session.inputs());
            requireOutputs(graph, signature, session.outputs());
            return new Ranker(signature, session, config, clock);
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    public RankerSignature signature() {
        return signature;
    }

    /**
     * Lends buffers for one call. Close it to give it back.
     *
     * @throws dev.millrace.model.MillraceException OVERLOADED where all are lent
     */
    public RankerCall borrow() {
        return calls.borrowNow().lend();
    }

    /** How the batches have been so far. */
    public BatchFigures figures() {
        return batcher.figures();
    }

    void run(RankerCall call, int rows, Priority priority, Deadline deadline) {
        batcher.run(call, rows, priority, deadline);
    }

    void giveBack(RankerCall call) {
        calls.giveBack(call);
    }

    private void runBatch(List<BatchWork> batch, int rows) {
        if (batch.size() == 1) {
            buffers(batch.getFirst()).run(rows); // in place: nothing is copied
            return;
        }
        RankerBuffers together = batches.borrow(Deadline.none()); // a batch is of several deadlines
        try {
            int at = 0;
            for (int i = 0; i < batch.size(); i++) {
                BatchWork work = batch.get(i);
                together.takeInputs(buffers(work), work.rows(), at);
                at += work.rows();
            }
            together.run(rows);
            at = 0;
            for (int i = 0; i < batch.size(); i++) {
                BatchWork work = batch.get(i);
                together.giveOutputs(buffers(work), work.rows(), at);
                at += work.rows();
            }
        } finally {
            batches.giveBack(together);
        }
    }

    private static RankerBuffers buffers(BatchWork work) {
        return ((RankerCall) work).buffers();
    }

    /** Waits for the calls under way, then frees the native memory; later calls fail with UNAVAILABLE. */
    @Override
    public void close() {
        batcher.close();
        calls.close();
        batches.close();
        session.close();
    }

    private static void requireInputs(Path graph, RankerSignature signature, Map<String, TensorShape> actual)
            throws IOException {
        List<String> declared = signature.inputs().stream().map(Port::name).toList();
        for (String name : actual.keySet()) {
            if (!declared.contains(name)) {
                throw new IOException(graph + " needs the input '" + name + "' (" + actual.get(name)
                        + "), which the signature lacks; declare all of " + actual.keySet());
            }
        }
        for (Port port : signature.inputs()) {
            requirePort(graph, "input", port, actual);
        }
    }

    /** Outputs that the signature leaves out are not fetched. */
    private static void requireOutputs(Path graph, RankerSignature signature, Map<String, TensorShape> actual)
            throws IOException {
        for (Port port : signature.outputs()) {
            requirePort(graph, "output", port, actual);
        }
    }

    private static void requirePort(Path graph, String side, Port port, Map<String, TensorShape> actual)
            throws IOException {
        TensorShape found = actual.get(port.name());
        TensorShape expected = new TensorShape(RankerBuffers.javaType(port.type()), port.shape(RuntimeSession.ANY));
        if (found == null) {
            throw new IOException(graph + " has no " + side + " '" + port.name() + "'; it has " + actual.keySet());
        }
        if (!fits(expected, found)) {
            throw new IOException(graph + ": the " + side + " '" + port.name() + "' is "
                    + (found.equals(TensorShape.NO_TENSOR) ? "no tensor" : found) + ", but the signature says "
                    + expected + " (-1 is the candidates' axis, which must be open)");
        }
    }

    /** An inner axis that the graph leaves open takes whatever the signature says; the first must be open. */
    private static boolean fits(TensorShape expected, @Nullable TensorShape found) {
        if (found == null || found.type() != expected.type() || found.shape().length != expected.shape().length) {
            return false;
        }
        for (int axis = 0; axis < expected.shape().length; axis++) {
            long length = found.shape()[axis];
            boolean open = length == RuntimeSession.ANY;
            if (axis == 0 ? !open : !open && length != expected.shape()[axis]) {
                return false;
            }
        }
        return true;
    }
}
