package dev.millrace.models.graph;

import dev.millrace.models.graph.TransformerWeights.Block;
import dev.millrace.models.graph.TransformerWeights.Linear;
import dev.millrace.models.graph.TransformerWeights.Norm;

/** The network written as its definition reads, in doubles and without any shortcut: what the graph is compared with. */
final class ReferenceTransformer {
    private final TransformerWeights weights;
    private final int d;

    ReferenceTransformer(TransformerWeights weights) {
        this.weights = weights;
        this.d = weights.dimension();
    }

    /** Encodes vocabulary items, oldest first, without padding: positions that do not exist are simply not there. */
    double[] encode(int[] items) {
        double[][] x = new double[items.length][d];
        for (int i = 0; i < items.length; i++) {
            for (int k = 0; k < d; k++) {
                x[i][k] = weights.itemEmbedding()[(items[i] + 1) * d + k] * Math.sqrt(d);
            }
        }
        for (Block block : weights.blocks()) {
            x = block(block, x);
        }
        return norm(weights.finalNorm(), x[x.length - 1]);
    }

    private double[][] block(Block block, double[][] x) {
        double[][] qkv = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            qkv[i] = linear(block.qkv(), norm(block.norm1(), x[i]));
        }
        double[][] out = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            double[] attended = add(x[i], linear(block.attentionOut(), attention(block, qkv, i)));
            double[] wide = linear(block.feedForwardIn(), norm(block.norm2(), attended));
            for (int k = 0; k < wide.length; k++) {
                wide[k] = gelu(wide[k]);
            }
            out[i] = add(attended, linear(block.feedForwardOut(), wide));
        }
        return out;
    }

    private double[] attention(Block block, double[][] qkv, int query) {
        int width = d / weights.heads();
        double[] context = new double[d];
        for (int head = 0; head < weights.heads(); head++) {
            double[] share = new double[query + 1];
            double sum = 0;
            for (int key = 0; key <= query; key++) {
                double dot = 0;
                for (int k = 0; k < width; k++) {
                    dot += qkv[query][head * width + k] * qkv[key][d + head * width + k];
                }
                share[key] = Math.exp(
                        dot / Math.sqrt(width) + block.relativeBias()[head * weights.historyLength() + query - key]);
                sum += share[key];
            }
            for (int key = 0; key <= query; key++) {
                for (int k = 0; k < width; k++) {
                    context[head * width + k] += share[key] / sum * qkv[key][2 * d + head * width + k];
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
        double[] out = new double[linear.bias().length];
        for (int o = 0; o < out.length; o++) {
            out[o] = linear.bias()[o];
            for (int k = 0; k < x.length; k++) {
                out[o] += linear.weight()[o * x.length + k] * x[k];
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
