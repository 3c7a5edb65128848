package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.baddbmm;
import static org.bytedeco.pytorch.global.torch.bmm;
import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.softmax;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention of each position to itself and those before it, with a learned bias per head and distance. Owned by the
 * training thread.
 *
 * <p>Where the reach is shorter than the history, positions are cut into chunks of one reach: a chunk's queries meet the keys
 * of their own chunk and of the one before it, which hold everything within reach. Work and memory are length × 2 reach
 * instead of length². Source: the sliding window of Beltagy et al. 2020, in chunks.
 */
final class AttentionMixer implements Mixer {
    private final NativeWeights weights;
    private final int heads;
    private final int width;
    private final int reach;
    private final Band near;
    private final Band across;

    AttentionMixer(NativeWeights weights, ModelShape shape) {
        this.weights = weights;
        heads = shape.block().heads();
        width = shape.block().headDimension();
        reach = shape.reach();
        near = new Band(reach, reach, 0);
        across = new Band(reach, 2 * reach, reach);
    }

    @Override
    public Tensor mix(int layer, Tensor normed, long batch, long length) {
        Tensor qkv = linear(normed, of(layer, "qkv.weight"), of(layer, "qkv.bias"));
        Tensor split = qkv.view(batch, length, 3, heads, width)
                .permute(2, 0, 3, 1, 4)
                .reshape(3, batch * heads, length, width);
        Tensor distance = of(layer, "distance");
        Tensor mixed =
                length <= reach ? whole(split, distance, batch, length) : chunked(split, distance, batch, length);
        Tensor joined = mixed.view(batch, heads, length, width)
                .permute(0, 2, 1, 3)
                .reshape(batch * length, (long) heads * width);
        return linear(joined, of(layer, "out.weight"), of(layer, "out.bias"));
    }

    @Override
    public void close() {
        near.close();
        across.close();
    }

    private Tensor whole(Tensor split, Tensor distance, long batch, long length) {
        Tensor bias = near.bias(distance, length, length)
                .unsqueeze(0)
                .expand(batch, heads, length, length)
                .reshape(batch * heads, length, length);
        return attend(bias, split.select(0, 0), split.select(0, 1).transpose(1, 2), split.select(0, 2));
    }

    private Tensor chunked(Tensor split, Tensor distance, long batch, long length) {
        long chunks = (length + reach - 1) / reach;
        long filled = chunks * reach;
        long rows = batch * heads;
        Tensor queries =
                constant_pad_nd(split.select(0, 0), 0, 0, 0, filled - length).reshape(rows * chunks, reach, width);
        // Chunk c sees the padded positions c · reach … (c + 2) · reach − 1, which begin one chunk before it.
        Tensor keys = windows(split.select(0, 1), filled - length).reshape(rows * chunks, width, 2L * reach);
        Tensor values =
                windows(split.select(0, 2), filled - length).transpose(2, 3).reshape(rows * chunks, 2L * reach, width);
        Tensor bias = across.bias(distance, reach, 2L * reach)
                .view(1, heads, 1, reach, 2L * reach)
                .expand(batch, heads, chunks, reach, 2L * reach)
                .reshape(rows, chunks, reach, 2L * reach)
                .contiguous();
        bias.select(1, 0).narrow(2, 0, reach).fill_(new Scalar(SequenceNetwork.MASKED));
        Tensor mixed = attend(bias.view(rows * chunks, reach, 2L * reach), queries, keys, values);
        return mixed.view(rows, filled, width).narrow(1, 0, length).contiguous();
    }

    private Tensor windows(Tensor rows, long missing) {
        return constant_pad_nd(rows, 0, 0, reach, missing).unfold(1, 2L * reach, reach);
    }

    private Tensor attend(Tensor bias, Tensor queries, Tensor keys, Tensor values) {
        Tensor scores = baddbmm(bias, queries, keys, new Scalar(1f), new Scalar((float) (1 / Math.sqrt(width))));
        return bmm(softmax(scores, -1), values);
    }

    private Tensor of(int layer, String name) {
        return weights.get(SequenceLayout.block(layer, name));
    }

    /** Which distance lies between each query and each key, and which keys a query must not see. */
    private final class Band implements AutoCloseable {
        private final FloatPointer maskMemory;
        private final LongPointer distanceMemory;
        private final Tensor mask;
        private final Tensor distance;

        /** @param offset how many keys lie before the one at the first query's own position */
        Band(int queries, int keys, int offset) {
            maskMemory = new FloatPointer((long) queries * keys);
            distanceMemory = new LongPointer((long) queries * keys);
            for (int query = 0; query < queries; query++) {
                for (int key = 0; key < keys; key++) {
                    int between = query + offset - key;
                    boolean seen = between >= 0 && between < reach;
                    maskMemory.put((long) query * keys + key, seen ? 0 : SequenceNetwork.MASKED);
                    distanceMemory.put((long) query * keys + key, seen ? between : 0);
                }
            }
            mask = from_blob(maskMemory, queries, keys);
            distance = from_blob(distanceMemory, new long[] {queries, keys}, IndexTensor.OPTIONS);
        }

        /** heads × queries × keys. */
        Tensor bias(Tensor byDistance, long queries, long keys) {
            Tensor distances = distance.narrow(0, 0, queries).narrow(1, 0, keys).reshape(-1);
            return byDistance
                    .index_select(1, distances)
                    .view(heads, queries, keys)
                    .add(mask.narrow(0, 0, queries).narrow(1, 0, keys));
        }

        @Override
        public void close() {
            mask.close();
            distance.close();
            maskMemory.close();
            distanceMemory.close();
        }
    }
}
