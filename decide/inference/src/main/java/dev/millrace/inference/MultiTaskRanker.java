package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.inference.batching.AdaptiveBatcher;
import dev.millrace.inference.batching.BatchFigures;
import dev.millrace.inference.batching.BatchWork;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.MultiTaskGraph;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.storage.RowTable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A ranker that was trained here, ready to answer: who asks and which candidates become one probability per candidate and head
 * (thread-safe).
 *
 * <p>Requests that wait for a core are run together; a probability does not depend, to the last bit, on what else is in the run.
 * The vectors of items lie in a table of the store, or one of its own, to be filled with {@link #putItem}; the rows of users stay in
 * the bundle's mapped file. The graph gathers from both in place. Closing waits for the calls under way.
 */
public final class MultiTaskRanker implements AutoCloseable {
    private static final int MOST_CALLS = 256;

    private final MultiTaskBundle bundle;
    private final RuntimeSession session;
    private final FloatBuffer itemRows;
    private final OnnxTensor userTable;
    private final OnnxTensor worth;
    private final RankerItems items;
    private final SlotPool<RankingCall> calls;
    private final SlotPool<RankingBuffers> batches;
    private final AdaptiveBatcher batcher;
    private final LongAdder withoutRoom = new LongAdder();
    private boolean closed;

    /**
     * An empty table for the vectors of items, by their ordinals.
     *
     * @param maxItems how many it takes at most, beside one row for what is not known and one to replace others by; later items are
     *     ranked as unknown ones
     */
    public record ItemRoom(RowTable table, long maxItems) {}

    private MultiTaskRanker(
            MultiTaskBundle bundle,
            RuntimeSession session,
            float[] worth,
            InferenceConfig config,
            @Nullable ItemRoom room)
            throws IOException, OrtException {
        this.bundle = bundle;
        this.session = session;
        this.itemRows = bundle.itemRows();
        this.userTable = OnnxTensor.createTensor(session.environment(), bundle.userRows(), new long[] {
            bundle.inputs().rows().count(), bundle.dimension()
        });
        this.worth = OnnxTensor.createTensor(session.environment(), direct(worth), new long[] {worth.length});
        // To another device each run hands the whole table over, so one that is as small as can be.
        boolean inPlace = config.device().provider() == ExecutionProvider.CPU;
        this.items = items(session, bundle.dimension(), inPlace ? room : null);
        int callTiles = RankingBuffers.tiles(config.maxCandidates());
        int batchTiles =
                Math.max(callTiles, RankingBuffers.tiles(config.batching().maxRows()));
        this.calls =
                new SlotPool<>(MOST_CALLS, () -> new RankingCall(this, new RankingBuffers(this, callTiles, false)));
        this.batches = new SlotPool<>(config.batching().cores(), () -> new RankingBuffers(this, batchTiles, true));
        this.batcher = new AdaptiveBatcher(config.batching(), this::runBatch, Clock.system());
    }

    /**
     * Loads a bundle's graph.
     *
     * @param worth what an action of each head is worth, in the order of the heads
     * @throws IOException when the graph cannot be loaded, or is not the one that the bundle promises
     */
    public static MultiTaskRanker load(MultiTaskBundle bundle, float[] worth, InferenceConfig config)
            throws IOException {
        return load(bundle, worth, config, null);
    }

    /**
     * Loads a bundle's graph.
     *
     * @param room for the vectors of items, which the caller gives back after the ranker is closed; null for a table of its own
     */
    public static MultiTaskRanker load(
            MultiTaskBundle bundle, float[] worth, InferenceConfig config, @Nullable ItemRoom room) throws IOException {
        if (worth.length != bundle.inputs().heads().size()) {
            throw new IllegalArgumentException(
                    worth.length + " worths for the heads " + bundle.inputs().heads() + "; give one each");
        }
        RuntimeSession session = RuntimeSession.load(bundle.graph(), config.device());
        try {
            return new MultiTaskRanker(bundle, session, worth, config, room);
        } catch (OrtException e) {
            session.close();
            throw new IOException("the tables of " + bundle.version() + " cannot be used: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private static RankerItems items(RuntimeSession session, int dimension, @Nullable ItemRoom room)
            throws OrtException {
        if (room != null && room.table().rowBytes() != dimension * Float.BYTES) {
            throw new IllegalArgumentException("the table of items has rows of "
                    + room.table().rowBytes() + " bytes, and vectors have " + dimension + " floats");
        }
        RankerItems stored = room == null ? null : StoredItems.in(room, session);
        return stored == null ? new DenseItems(session, dimension) : stored;
    }

    public MultiTaskBundle bundle() {
        return bundle;
    }

    public String version() {
        return bundle.version();
    }

    /** The actions, by their names, in the order of the probabilities. */
    public List<String> heads() {
        return bundle.inputs().heads();
    }

    /** The features with a number per candidate, in the order of {@link RankingCall#number}. */
    public List<String> numbers() {
        return bundle.inputs().numbers();
    }

    /** How many of a user's newest positive actions are read. */
    public int history() {
        return bundle.history();
    }

    /** Whether the graph gathers from the room that was given, and not from a table of its own. */
    public boolean usesRoom() {
        return items instanceof StoredItems;
    }

    /** How many items have a vector. */
    public long knownItems() {
        return items.count();
    }

    /** Whether an item was refused, since the room is full. */
    public boolean isFull() {
        return items.isFull();
    }

    /** How many candidates were ranked as unknown ones, for lack of room. */
    public long candidatesWithoutRoom() {
        return withoutRoom.sum();
    }

    void countWithoutRoom(int candidates) {
        withoutRoom.add(candidates);
    }

    /**
     * Gives an item its vector: the mean of the rows of its id and attributes, see {@code HashedRows}.
     *
     * @return false where there is no room for one more, which is then ranked as an unknown one
     */
    public boolean putItem(int item, int[] rows) {
        int d = bundle.dimension();
        float[] vector = new float[d];
        for (int row : rows) {
            for (int i = 0; i < d; i++) {
                vector[i] += itemRows.get(row * d + i) / rows.length;
            }
        }
        return items.put(item, vector);
    }

    /**
     * Lends buffers for one call. Close it to give it back.
     *
     * @throws dev.millrace.model.MillraceException OVERLOADED where all are lent
     */
    public RankingCall borrow() {
        return calls.borrowNow().lend();
    }

    /** How the batches have been so far. */
    public BatchFigures figures() {
        return batcher.figures();
    }

    void run(RankingCall call, int rows, Priority priority, Deadline deadline) {
        batcher.run(call, rows, priority, deadline);
    }

    void giveBack(RankingCall call) {
        calls.giveBack(call);
    }

    RuntimeSession session() {
        return session;
    }

    RankerItems items() {
        return items;
    }

    OnnxTensor userTable() {
        return userTable;
    }

    OnnxTensor worth() {
        return worth;
    }

    private void runBatch(List<BatchWork> batch, int rows) {
        if (batch.size() == 1) {
            buffers(batch.getFirst()).run(rows / MultiTaskGraph.TILE); // in place: nothing is copied
            return;
        }
        RankingBuffers together = batches.borrow(Deadline.none()); // a batch is of several deadlines
        try {
            int at = 0;
            for (int slot = 0; slot < batch.size(); slot++) {
                int tiles = batch.get(slot).rows() / MultiTaskGraph.TILE;
                together.take(buffers(batch.get(slot)), slot, tiles, at);
                at += tiles;
            }
            together.run(at);
            at = 0;
            for (int slot = 0; slot < batch.size(); slot++) {
                int tiles = batch.get(slot).rows() / MultiTaskGraph.TILE;
                together.give(buffers(batch.get(slot)), tiles, at);
                at += tiles;
            }
        } finally {
            batches.giveBack(together);
        }
    }

    private static RankingBuffers buffers(BatchWork work) {
        return ((RankingCall) work).buffers();
    }

    private static FloatBuffer direct(float[] values) {
        return EncoderSlot.direct(values.length * Float.BYTES)
                .asFloatBuffer()
                .put(values)
                .rewind();
    }

    /** Waits for the calls under way, then frees the native memory; later calls fail with UNAVAILABLE. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        batcher.close();
        calls.close();
        batches.close();
        items.close();
        userTable.close();
        worth.close();
        session.close();
    }
}
