package dev.millrace.models.graph;

import dev.millrace.models.MultiTaskBundle;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.ranker.HashedRows;

import java.util.List;

/**
 * The ranker as an ONNX graph: what is known of some requests and of their candidates becomes one probability per candidate and
 * head, and one worth per candidate.
 *
 * <p>Candidates come in tiles of {@value #TILE}, each of one request; the last tile of a request is filled up. All that depends on
 * a candidate is computed in matrices of one shape per tile, or row by row, so that a probability does not depend on what else
 * is in the run. What depends on the request alone is gathered once per request. The tables of item vectors and of user rows are
 * inputs, which may wrap memory of any owner.
 *
 * <p>T = tiles, B = requests, d = the length of a vector, L = the items of a history, F = numbers, H = heads. Row 0 of both tables
 * is zero, and stands for what is not known and for padding.
 */
public final class MultiTaskGraph {
    /** Candidates of a tile: a multiple of the widest vector of floats, so that no candidate falls into a loop's remainder. */
    public static final int TILE = 16;

    /** Rows of the user table that a user's vector may be the mean of. */
    public static final int USER_ROWS = HashedRows.LARGEST_BAG;

    /** float [items, d]: the vector of each item. */
    public static final String ITEM_TABLE = "itemTable";

    /** float [rows, d]: what users' ids and attributes are hashed to. */
    public static final String USER_TABLE = "userTable";

    /** int64 [B, {@value #USER_ROWS}]: the rows that a user is the mean of, filled up with 0. */
    public static final String USER = "user";

    /** int64 [B, L]: rows of the item table, the newest last, filled up in front with 0. */
    public static final String HISTORY = "history";

    /** int64 [T]: the request of each tile, from 0. */
    public static final String REQUEST = "request";

    /** int64 [T, {@value #TILE}]: rows of the item table. */
    public static final String CANDIDATES = "candidates";

    /** float [T, {@value #TILE}, F]: the numbers of each candidate, as the features give them. */
    public static final String NUMBERS = "numbers";

    /** float [H]: what an action of each head is worth. */
    public static final String WORTH = "worth";

    /** float [{@value #TILE} T, H]: the probability of each head's action. */
    public static final String PROBABILITIES = "probabilities";

    /** float [{@value #TILE} T]: the sum of probabilities times worth. */
    public static final String UTILITY = "utility";

    private static final float MASKED = -1e9f;

    private final MultiTaskWeights weights;
    private final OnnxGraphBuilder graph = new OnnxGraphBuilder("ranker");
    private final GraphNodes nodes = new GraphNodes(graph);

    private MultiTaskGraph(MultiTaskWeights weights) {
        this.weights = weights;
    }

    static OnnxGraph of(MultiTaskWeights weights) {
        return new MultiTaskGraph(weights).write();
    }

    /** The graph as a bundle takes it. */
    public static MultiTaskBundle.Network network(MultiTaskWeights weights) {
        return new MultiTaskBundle.Network(of(weights), weights.dimension(), weights.history());
    }

    private OnnxGraph write() {
        Dimension d = Dimension.of(weights.dimension());
        Dimension tiles = Dimension.named("T");
        Dimension requests = Dimension.named("B");
        Dimension tile = Dimension.of(TILE);
        Dimension heads = Dimension.of(weights.headCount());
        String items = graph.input(ITEM_TABLE, ElementType.FLOAT, Dimension.named("items"), d);
        String users = graph.input(USER_TABLE, ElementType.FLOAT, Dimension.named("rows"), d);
        String user = graph.input(USER, ElementType.INT64, requests, Dimension.of(USER_ROWS));
        String history = graph.input(HISTORY, ElementType.INT64, requests, Dimension.of(weights.history()));
        String request = graph.input(REQUEST, ElementType.INT64, tiles);
        String candidates = graph.input(CANDIDATES, ElementType.INT64, tiles, tile);
        String numbers = graph.input(NUMBERS, ElementType.FLOAT, tiles, tile, Dimension.of(weights.numbers()));
        String worth = graph.input(WORTH, ElementType.FLOAT, heads);

        String candidate = graph.node("Gather", List.of(items, candidates));
        String userVector = spread(graph.node("Gather", List.of(mean(users, user), request)));
        String pooled = pool(candidate, items, history, request);
        String joined = graph.node(
                "Concat",
                List.of(
                        standardised(numbers),
                        candidate,
                        userVector,
                        pooled,
                        graph.node("Mul", List.of(candidate, pooled)),
                        graph.node("Mul", List.of(candidate, userVector))),
                Attribute.of("axis", 2));
        String x = nodes.reshape("rows", joined, -1, weights.numbers() + 5L * weights.dimension());
        for (int layer = 0; layer < weights.layers().size(); layer++) {
            x = graph.node(
                    "Gelu",
                    List.of(nodes.linear("layer" + layer, x, weights.layers().get(layer))));
        }
        String probabilities = graph.node("Sigmoid", List.of(nodes.linear("heads", x, weights.heads())));
        String parts = graph.node("Mul", List.of(probabilities, worth));
        graph.output(PROBABILITIES, probabilities, ElementType.FLOAT, Dimension.named("N"), heads);
        graph.output(UTILITY, sum("utility", parts, 1, false), ElementType.FLOAT, Dimension.named("N"));
        return graph.build();
    }

    /** [B, 1, d]: the mean of the rows that are no padding; a product of matrices, whose order of addition is one for any B. */
    private String mean(String users, String user) {
        String present = present("user", user);
        String count = graph.node(
                "Max", List.of(sum("userCount", present, 1, true), graph.constant("userOne", new float[] {1}, 1)));
        String shares = unsqueeze("userShares", graph.node("Div", List.of(present, count)));
        return graph.node("MatMul", List.of(shares, graph.node("Gather", List.of(users, user))));
    }

    /** [T, TILE, d]: the history's items, each as much as it concerns the candidate. */
    private String pool(String candidate, String items, String history, String request) {
        String met = graph.node("Gather", List.of(graph.node("Gather", List.of(items, history)), request));
        String turned = graph.node("Transpose", List.of(met), Attribute.of("perm", new long[] {0, 2, 1}));
        String scale = graph.constant("attentionScale", new float[] {(float) (1 / Math.sqrt(weights.dimension()))}, 1);
        String scores = graph.node("Mul", List.of(graph.node("MatMul", List.of(candidate, turned)), scale));
        String padding = graph.node("Equal", List.of(history, graph.constant("historyPadding", new long[] {0}, 1)));
        String bias = graph.node(
                "Where",
                List.of(
                        padding,
                        graph.constant("masked", new float[] {MASKED}, 1),
                        graph.constant("recency", weights.recency(), weights.history())));
        String seen = unsqueeze("bias", graph.node("Gather", List.of(bias, request)));
        String shares = graph.node("Softmax", List.of(nodes.add(scores, seen)), Attribute.of("axis", -1));
        String any = graph.node(
                "ReduceMax",
                List.of(present("history", history), graph.constant("historyAxis", new long[] {1}, 1)),
                Attribute.of("keepdims", 1));
        String known = unsqueeze("known", graph.node("Gather", List.of(any, request)));
        return graph.node("MatMul", List.of(graph.node("Mul", List.of(shares, known)), met));
    }

    private String standardised(String numbers) {
        int f = weights.numbers();
        String least = graph.constant("zero", new float[] {0}, 1);
        String one = graph.constant("one", new float[] {1}, 1);
        String logs = graph.node("Log", List.of(nodes.add(graph.node("Max", List.of(numbers, least)), one)));
        String centred = graph.node(
                "Sub", List.of(logs, graph.constant("means", weights.scale().means(), f)));
        String scaled = graph.node(
                "Div",
                List.of(centred, graph.constant("deviations", weights.scale().deviations(), f)));
        float edge = MultiTaskWeights.Scale.LARGEST;
        return graph.node(
                "Clip",
                List.of(scaled, graph.constant("lowest", new float[] {-edge}), graph.constant("highest", new float[] {
                    edge
                })));
    }

    /** 1 where a row is named, 0 where padding stands. */
    private String present(String name, String rows) {
        String padding = graph.node("Equal", List.of(rows, graph.constant(name + "Nothing", new long[] {0}, 1)));
        return graph.node(
                "Where",
                List.of(
                        padding,
                        graph.constant(name + "Absent", new float[] {0}, 1),
                        graph.constant(name + "Present", new float[] {1}, 1)));
    }

    /** From [T, 1, d] to [T, TILE, d]. */
    private String spread(String perTile) {
        return graph.node("Expand", List.of(perTile, graph.constant("tile", new long[] {1, TILE, 1}, 3)));
    }

    private String sum(String name, String x, long axis, boolean kept) {
        return graph.node(
                "ReduceSum",
                List.of(x, graph.constant(name + ".axis", new long[] {axis}, 1)),
                Attribute.of("keepdims", kept ? 1 : 0));
    }

    private String unsqueeze(String name, String x) {
        return graph.node("Unsqueeze", List.of(x, graph.constant(name + ".axis", new long[] {1}, 1)));
    }
}
