package dev.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.millrace.models.graph.MultiTaskGraph;
import org.jspecify.annotations.Nullable;

import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The reused tensors of a {@link MultiTaskRanker} for up to so many tiles of candidates (owned by whoever borrowed it).
 *
 * <p>There is one set of tensors per number of tiles, made when first used and kept; one is made anew where the table of items has
 * grown since. The tables are shared by all.
 */
final class RankingBuffers implements AutoCloseable {
    private final MultiTaskRanker ranker;
    private final int requests;
    final LongBuffer user;
    final LongBuffer history;
    final LongBuffer request;
    final LongBuffer candidates;
    final FloatBuffer numbers;
    final FloatBuffer probabilities;
    final FloatBuffer utility;
    private final @Nullable View[] views;

    /** The tensors over the first tiles of the buffers, and the table of items among their inputs. */
    private record View(
            OnnxTensor items, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, List<OnnxTensor> owned) {
        void close() {
            owned.forEach(OnnxTensor::close);
        }
    }

    /** @param joined whether it takes the tiles of several requests, in which case each tile may be one's; else of one */
    RankingBuffers(MultiTaskRanker ranker, int tiles, boolean joined) {
        this.ranker = ranker;
        this.requests = joined ? tiles : 1;
        int rows = tiles * MultiTaskGraph.TILE;
        user = longs(requests * MultiTaskGraph.USER_ROWS);
        history = longs(requests * ranker.history());
        request = longs(tiles);
        candidates = longs(rows);
        numbers = floats(rows * ranker.numbers().size());
        probabilities = floats(rows * ranker.heads().size());
        utility = floats(rows);
        views = new @Nullable View[tiles];
    }

    static int tiles(int rows) {
        return (rows + MultiTaskGraph.TILE - 1) / MultiTaskGraph.TILE;
    }

    int maxRows() {
        return candidates.capacity();
    }

    /** Runs the first tiles, at least one. */
    void run(int tiles) {
        View view = views[tiles - 1];
        if (view == null || isOther(view.items, ranker.items().tensor())) {
            if (view != null) {
                view.close();
            }
            view = view(tiles);
            views[tiles - 1] = view;
        }
        ranker.session().run(view.inputs, view.outputs);
    }

    @SuppressWarnings("ReferenceEquality") // A tensor has no value; each is another.
    private static boolean isOther(OnnxTensor one, OnnxTensor other) {
        return one != other;
    }

    /** Takes one request of another's buffers in as the {@code slot}-th, its tiles from {@code at} on. */
    void take(RankingBuffers from, int slot, int tiles, int at) {
        user.put(slot * MultiTaskGraph.USER_ROWS, from.user, 0, MultiTaskGraph.USER_ROWS);
        history.put(slot * ranker.history(), from.history, 0, ranker.history());
        for (int tile = 0; tile < tiles; tile++) {
            request.put(at + tile, slot);
        }
        int rows = tiles * MultiTaskGraph.TILE;
        int first = at * MultiTaskGraph.TILE;
        candidates.put(first, from.candidates, 0, rows);
        int width = ranker.numbers().size();
        numbers.put(first * width, from.numbers, 0, rows * width);
    }

    /** Gives the results of the tiles from {@code at} on to the buffers that they came from. */
    void give(RankingBuffers to, int tiles, int at) {
        int rows = tiles * MultiTaskGraph.TILE;
        int first = at * MultiTaskGraph.TILE;
        int heads = ranker.heads().size();
        to.probabilities.put(0, probabilities, first * heads, rows * heads);
        to.utility.put(0, utility, first, rows);
    }

    private View view(int tiles) {
        OnnxTensor items = ranker.items().tensor();
        // A lone request has one row of its own; joined ones have as many as there are tiles, of which some may be
        // stale.
        long own = requests == 1 ? 1 : tiles;
        long rows = (long) tiles * MultiTaskGraph.TILE;
        List<OnnxTensor> owned = new ArrayList<>();
        Map<String, OnnxTensor> inputs = new HashMap<>();
        inputs.put(MultiTaskGraph.ITEM_TABLE, items);
        inputs.put(MultiTaskGraph.USER_TABLE, ranker.userTable());
        inputs.put(MultiTaskGraph.WORTH, ranker.worth());
        inputs.put(MultiTaskGraph.USER, tensor(owned, user, own, MultiTaskGraph.USER_ROWS));
        inputs.put(MultiTaskGraph.HISTORY, tensor(owned, history, own, ranker.history()));
        inputs.put(MultiTaskGraph.REQUEST, tensor(owned, request, tiles));
        inputs.put(MultiTaskGraph.CANDIDATES, tensor(owned, candidates, tiles, MultiTaskGraph.TILE));
        inputs.put(
                MultiTaskGraph.NUMBERS,
                tensor(
                        owned,
                        numbers,
                        tiles,
                        MultiTaskGraph.TILE,
                        ranker.numbers().size()));
        Map<String, OnnxTensor> outputs = Map.of(
                MultiTaskGraph.PROBABILITIES,
                tensor(owned, probabilities, rows, ranker.heads().size()),
                MultiTaskGraph.UTILITY,
                tensor(owned, utility, rows));
        return new View(items, Map.copyOf(inputs), outputs, List.copyOf(owned));
    }

    private OnnxTensor tensor(List<OnnxTensor> owned, Buffer whole, long... shape) {
        long size = 1;
        for (long axis : shape) {
            size *= axis;
        }
        try {
            OnnxTensor tensor = whole instanceof LongBuffer longs
                    ? OnnxTensor.createTensor(ranker.session().environment(), longs.slice(0, (int) size), shape)
                    : OnnxTensor.createTensor(
                            ranker.session().environment(), ((FloatBuffer) whole).slice(0, (int) size), shape);
            owned.add(tensor);
            return tensor;
        } catch (OrtException e) {
            throw new IllegalStateException("a tensor of " + size + " values cannot be made: " + e.getMessage(), e);
        }
    }

    private static LongBuffer longs(int count) {
        return EncoderSlot.direct(count * Long.BYTES).asLongBuffer();
    }

    private static FloatBuffer floats(int count) {
        return EncoderSlot.direct(count * Float.BYTES).asFloatBuffer();
    }

    @Override
    public void close() {
        for (View view : views) {
            if (view != null) {
                view.close();
            }
        }
    }
}
