package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Block;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Norm;

import java.util.Arrays;

/** The network written as its definition reads, in doubles and without any shortcut: what the graph is compared with. */
final class ReferenceTransformer {
    private final TransformerWeights weights;
    private final int d;

    ReferenceTransformer(TransformerWeights weights) {
        this.weights = weights;
        this.d = weights.shape().dimension();
    }

    /** Encodes vocabulary items, oldest first, without padding: positions that do not exist are simply not there. */
    double[] encode(int[] items) {
        double[][] x = new double[items.length][];
        for (int i = 0; i < items.length; i++) {
            x[i] = read(items[i]);
        }
        for (Block block : weights.blocks()) {
            x = block(block, x);
        }
        double[] user = norm(weights.finalNorm(), x[x.length - 1]);
        ItemTable.Projection projection = weights.table().projection();
        double[] own = projection == null
                ? user
                : matrix(projection.answer(), weights.table().width(), user);
        LinearTerm linear = weights.linear();
        return linear == null ? own : joined(own, votes(linear, items));
    }

    private double[] read(int item) {
        int width = weights.table().width();
        double[] row = new double[width];
        for (int k = 0; k < width; k++) {
            row[k] = weights.table().rows()[(item + 1) * width + k] * Math.sqrt(d);
        }
        ItemTable.Projection projection = weights.table().projection();
        return projection == null ? row : matrix(projection.read(), d, row);
    }

    private static double[] votes(LinearTerm linear, int[] items) {
        double[] sum = new double[linear.width()];
        for (int age = 0; age < Math.min(linear.ages().length, items.length); age++) {
            int row = items[items.length - 1 - age] + 1;
            for (int k = 0; k < sum.length; k++) {
                sum[k] += linear.ages()[age] * linear.votes()[row * linear.width() + k];
            }
        }
        return sum;
    }

    private static double[] joined(double[] left, double[] right) {
        double[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    private double[][] block(Block block, double[][] x) {
        double[][] normed = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            normed[i] = norm(block.norm1(), x[i]);
        }
        double[][] mixed = switch (block.mixing()) {
            case Mixing.Attention attention -> attention(attention, normed);
            case Mixing.Convolution convolution -> convolution(convolution, normed);
        };
        double[][] out = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            double[] attended = add(x[i], mixed[i]);
            double[] wide = linear(block.feedForwardIn(), norm(block.norm2(), attended));
            for (int k = 0; k < wide.length; k++) {
                wide[k] = gelu(wide[k]);
            }
            out[i] = add(attended, linear(block.feedForwardOut(), wide));
        }
        return out;
    }

    private double[][] attention(Mixing.Attention attention, double[][] normed) {
        double[][] qkv = new double[normed.length][];
        for (int i = 0; i < normed.length; i++) {
            qkv[i] = linear(attention.qkv(), normed[i]);
        }
        double[][] out = new double[normed.length][];
        for (int i = 0; i < normed.length; i++) {
            out[i] = linear(attention.out(), attention(attention, qkv, i));
        }
        return out;
    }

    private double[][] convolution(Mixing.Convolution convolution, double[][] normed) {
        int reach = weights.shape().reach();
        double[][] out = new double[normed.length][];
        for (int i = 0; i < normed.length; i++) {
            double[] open = new double[d];
            double[] gate = linear(convolution.in(), normed[i]);
            for (int distance = 0; distance < Math.min(reach, i + 1); distance++) {
                double[] value = linear(convolution.in(), normed[i - distance]);
                for (int k = 0; k < d; k++) {
                    open[k] += convolution.kernel()[k * reach + distance] * value[k] / (1 + Math.exp(-gate[d + k]));
                }
            }
            out[i] = linear(convolution.out(), open);
        }
        return out;
    }

    private double[] attention(Mixing.Attention attention, double[][] qkv, int query) {
        int reach = weights.shape().reach();
        int first = Math.max(0, query - reach + 1);
        int all = attention.width();
        int width = all / attention.heads();
        double[] context = new double[all];
        for (int head = 0; head < attention.heads(); head++) {
            double[] share = new double[query + 1];
            double sum = 0;
            for (int key = first; key <= query; key++) {
                double dot = 0;
                for (int k = 0; k < width; k++) {
                    dot += qkv[query][head * width + k] * qkv[key][all + head * width + k];
                }
                share[key] = Math.exp(dot / Math.sqrt(width) + attention.relativeBias()[head * reach + query - key]);
                sum += share[key];
            }
            for (int key = first; key <= query; key++) {
                for (int k = 0; k < width; k++) {
                    context[head * width + k] += share[key] / sum * qkv[key][2 * all + head * width + k];
                }
            }
        }
        return context;
    }

    private double[] norm(Norm norm, double[] x) {
        double mean = 0;
        double square = 0;
        for (double value : x) {
            mean += value / d;
        }
        for (double value : x) {
            square += (value - mean) * (value - mean) / d;
        }
        double[] out = new double[d];
        for (int k = 0; k < d; k++) {
            out[k] = (x[k] - mean) / Math.sqrt(square + TransformerWeights.NORM_EPSILON) * norm.gamma()[k]
                    + norm.beta()[k];
        }
        return out;
    }

    private static double[] linear(Linear linear, double[] x) {
        double[] out = matrix(linear.weight(), linear.bias().length, x);
        for (int o = 0; o < out.length; o++) {
            out[o] += linear.bias()[o];
        }
        return out;
    }

    private static double[] matrix(float[] weight, int rows, double[] x) {
        double[] out = new double[rows];
        for (int o = 0; o < rows; o++) {
            for (int k = 0; k < x.length; k++) {
                out[o] += weight[o * x.length + k] * x[k];
            }
        }
        return out;
    }

    private static double[] add(double[] left, double[] right) {
        double[] sum = left.clone();
        for (int k = 0; k < sum.length; k++) {
            sum[k] += right[k];
        }
        return sum;
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    }

    /** The error function by its Taylor series, which converges everywhere; enough terms for |x| below 5. */
    private static double erf(double x) {
        if (Math.abs(x) > 5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 150; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
