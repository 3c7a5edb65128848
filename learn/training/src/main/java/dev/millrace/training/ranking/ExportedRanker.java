package dev.millrace.training.ranking;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.graph.MultiTaskGraph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A ranker's bundle in ONNX Runtime, for checking on examples what will be served. Owned by the training thread. */
public final class ExportedRanker implements AutoCloseable {
    /** Each example is a request of its own, with a tile of its own. */
    private static final int AT_ONCE = 256;

    private final MultiTaskBundle bundle;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final FloatBuffer itemRows;
    private final OnnxTensor userTable;
    private final OnnxTensor worth;

    public ExportedRanker(MultiTaskBundle bundle) throws IOException, OrtException {
        this.bundle = bundle;
        this.itemRows = bundle.itemRows();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(bundle.graph().toString(), options);
        }
        userTable = OnnxTensor.createTensor(environment, bundle.userRows(), new long[] {
            bundle.inputs().rows().count(), bundle.dimension()
        });
        int heads = bundle.inputs().heads().size();
        worth = OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[heads]), new long[] {heads});
    }

    /** Whether it reads the very examples: their numbers, in their order, and rows of the same tables. */
    public boolean canRead(RankingExamples examples, RankerConfig config) {
        return bundle.inputs().numbers().equals(examples.names())
                && bundle.inputs().rows().equals(config.rows())
                && bundle.history() == config.history();
    }

    public List<String> heads() {
        return bundle.inputs().heads();
    }

    /** The probabilities of rows from one (inclusive) to another (exclusive), by head and row. */
    public double[][] probabilities(RankingExamples examples, int from, int to) throws OrtException {
        int heads = heads().size();
        double[][] values = new double[heads][to - from];
        try (OnnxTensor items = OnnxTensor.createTensor(
                environment, itemVectors(examples), new long[] {examples.itemCount() + 1L, bundle.dimension()})) {
            for (int start = from; start < to; start += AT_ONCE) {
                int end = Math.min(to, start + AT_ONCE);
                FloatBuffer scored = run(examples, items, start, end);
                for (int row = start; row < end; row++) {
                    for (int head = 0; head < heads; head++) {
                        values[head][row - from] = scored.get((row - start) * MultiTaskGraph.TILE * heads + head);
                    }
                }
            }
        }
        return values;
    }

    private FloatBuffer run(RankingExamples examples, OnnxTensor items, int from, int to) throws OrtException {
        int n = to - from;
        try (OnnxTensor users = longs(users(examples, from, n), n, MultiTaskGraph.USER_ROWS);
                OnnxTensor history = longs(histories(examples, from, n), n, bundle.history());
                OnnxTensor request = OnnxTensor.createTensor(environment, LongBuffer.wrap(range(n)), new long[] {n});
                OnnxTensor candidates = longs(candidates(examples, from, n), n, MultiTaskGraph.TILE);
                OnnxTensor numbers = OnnxTensor.createTensor(
                        environment, numbers(examples, from, n), new long[] {n, MultiTaskGraph.TILE, examples.width()
                        });
                OrtSession.Result result = session.run(
                        Map.of(
                                MultiTaskGraph.ITEM_TABLE, items,
                                MultiTaskGraph.USER_TABLE, userTable,
                                MultiTaskGraph.USER, users,
                                MultiTaskGraph.HISTORY, history,
                                MultiTaskGraph.REQUEST, request,
                                MultiTaskGraph.CANDIDATES, candidates,
                                MultiTaskGraph.NUMBERS, numbers,
                                MultiTaskGraph.WORTH, worth),
                        Set.of(MultiTaskGraph.PROBABILITIES))) {
            return ((OnnxTensor) result.get(0)).getFloatBuffer();
        }
    }

    /** The vectors of the examples' items behind a row of zeros, each the mean of its rows. */
    private FloatBuffer itemVectors(RankingExamples examples) {
        int d = bundle.dimension();
        FloatBuffer vectors = ByteBuffer.allocateDirect((examples.itemCount() + 1) * d * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int item = 0; item < examples.itemCount(); item++) {
            int[] bag = examples.itemBag(item);
            for (int i = 0; i < d && bag.length > 0; i++) {
                float sum = 0;
                for (int row : bag) {
                    sum += itemRows.get((row + RankingExamples.FIRST_LEARNT) * d + i);
                }
                vectors.put((item + 1) * d + i, sum / bag.length);
            }
        }
        return vectors;
    }

    private static long[] users(RankingExamples examples, int from, int n) {
        long[] rows = new long[n * MultiTaskGraph.USER_ROWS];
        for (int i = 0; i < n; i++) {
            int[] bag = examples.userBag(examples.user(from + i));
            for (int k = 0; k < Math.min(bag.length, MultiTaskGraph.USER_ROWS); k++) {
                rows[i * MultiTaskGraph.USER_ROWS + k] = (long) bag[k] + RankingExamples.FIRST_LEARNT;
            }
        }
        return rows;
    }

    private long[] histories(RankingExamples examples, int from, int n) {
        int length = bundle.history();
        long[] rows = new long[n * length];
        for (int i = 0; i < n; i++) {
            int[] met = examples.history(from + i);
            for (int k = 0; k < met.length; k++) {
                rows[(i + 1) * length - met.length + k] = met[k] + 1L;
            }
        }
        return rows;
    }

    private static long[] candidates(RankingExamples examples, int from, int n) {
        long[] rows = new long[n * MultiTaskGraph.TILE];
        for (int i = 0; i < n; i++) {
            rows[i * MultiTaskGraph.TILE] = examples.item(from + i) + 1L;
        }
        return rows;
    }

    private static FloatBuffer numbers(RankingExamples examples, int from, int n) {
        float[] numbers = new float[n * MultiTaskGraph.TILE * examples.width()];
        for (int i = 0; i < n; i++) {
            for (int f = 0; f < examples.width(); f++) {
                numbers[i * MultiTaskGraph.TILE * examples.width() + f] = examples.number(from + i, f);
            }
        }
        return FloatBuffer.wrap(numbers);
    }

    private OnnxTensor longs(long[] values, int rows, int width) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[] {rows, width});
    }

    private static long[] range(int n) {
        long[] values = new long[n];
        Arrays.setAll(values, i -> i);
        return values;
    }

    @Override
    public void close() throws OrtException {
        session.close();
        userTable.close();
        worth.close();
    }
}
