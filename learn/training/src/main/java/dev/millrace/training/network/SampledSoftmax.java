package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.addmm;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.logsumexp;
import static org.bytedeco.pytorch.global.torch.softplus;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The loss: cross-entropy of the right item against items drawn for the whole batch. Owned by the training thread.
 *
 * <p>Idea: the softmax over the catalogue is estimated with {@code m} uniform draws shared by all positions of a batch.
 * Each draw stands for {@code (items − 1) / m} wrong items, so its logit gets the logarithm of that; a draw that happens
 * to be a position's right item is masked for that position. With {@code p} the right logit and {@code n} the others'
 * log-sum-exp, the loss is {@code softplus(n − p)}. Correction and mask enter as the bias of the matrix product, which
 * makes them free.
 */
public final class SampledSoftmax implements AutoCloseable {
    private final int itemCount;
    private final int negatives;
    private final float correction;
    private final SplittableRandom random;
    private final int[] drawn;
    private final int[] drawOf;
    private final int[] nextDraw;
    private final LongPointer drawnMemory;
    private final Tensor drawnTensor;
    private final FloatPointer biasMemory;
    private final float[] bias;

    /** @param maxPositions the largest number of positions that a batch may have */
    public SampledSoftmax(int itemCount, int negatives, int maxPositions, long seed) {
        this.itemCount = itemCount;
        this.negatives = Math.min(negatives, itemCount);
        this.correction = (float) Math.log(Math.max(1, itemCount - 1) / (double) this.negatives);
        this.random = new SplittableRandom(seed);
        this.drawn = new int[this.negatives];
        this.drawOf = new int[itemCount];
        this.nextDraw = new int[this.negatives];
        this.drawnMemory = new LongPointer(this.negatives);
        this.drawnTensor = from_blob(drawnMemory, new long[] {this.negatives}, IndexTensor.OPTIONS);
        this.bias = new float[maxPositions * this.negatives];
        this.biasMemory = new FloatPointer(bias.length);
        Arrays.fill(drawOf, -1);
        Arrays.fill(bias, correction);
    }

    /**
     * The mean loss of a batch; go backward through it before the next call or {@link #close}, which reuse its memory.
     *
     * @param users one vector per position
     * @param items the item vectors
     * @param targets the right item of each position, on both sides of the native border
     */
    public Tensor loss(Tensor users, Tensor items, int[] targets, int count, Tensor targetTensor) {
        draw();
        Tensor right = users.mul(items.index_select(0, targetTensor)).sum(1);
        Tensor wrong = addmm(
                biasFor(targets, count),
                users,
                items.index_select(0, drawnTensor).t());
        return softplus(logsumexp(wrong, 1L).sub(right)).mean();
    }

    @Override
    public void close() {
        drawnTensor.close();
        drawnMemory.close();
        biasMemory.close();
    }

    private void draw() {
        for (int i = 0; i < negatives; i++) {
            drawOf[drawn[i]] = -1;
        }
        for (int i = 0; i < negatives; i++) {
            int item = random.nextInt(itemCount);
            drawn[i] = item;
            nextDraw[i] = drawOf[item];
            drawOf[item] = i;
            drawnMemory.put(i, item);
        }
    }

    private Tensor biasFor(int[] targets, int count) {
        setMasked(targets, count, SequenceNetwork.MASKED);
        biasMemory.position(0).put(bias, 0, count * negatives);
        setMasked(targets, count, correction);
        return from_blob(biasMemory, count, negatives);
    }

    private void setMasked(int[] targets, int count, float value) {
        for (int position = 0; position < count; position++) {
            for (int draw = drawOf[targets[position]]; draw >= 0; draw = nextDraw[draw]) {
                bias[position * negatives + draw] = value;
            }
        }
    }
}
