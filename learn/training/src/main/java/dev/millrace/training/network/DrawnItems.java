package dev.millrace.training.network;

import static org.bytedeco.pytorch.global.torch.addmm;
import static org.bytedeco.pytorch.global.torch.from_blob;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Items drawn evenly for a whole batch, which stand for the rest of the catalogue. Owned by the training thread.
 *
 * <p>Idea: a sum over all items but a few named ones is estimated with {@code m} draws shared by all positions of a batch.
 * Each draw stands for {@code (items − named) / m} items, so its logit gets the logarithm of that (the logQ correction of
 * even draws); a draw that happens to be a position's named item is masked for that position. Correction and mask enter as
 * the bias of the matrix product, which makes them free.
 */
public final class DrawnItems implements AutoCloseable {
    private final int itemCount;
    private final int draws;
    private final int named;
    private final float correction;
    private final SplittableRandom random;
    private final int[] drawn;
    private final int[] drawOf;
    private final int[] nextDraw;
    private final LongPointer drawnMemory;
    private final Tensor drawnTensor;
    private final FloatPointer biasMemory;
    private final float[] bias;

    /**
     * @param named how many items each position names
     * @param maxPositions the largest number of positions that a batch may have
     */
    public DrawnItems(int itemCount, int draws, int named, int maxPositions, long seed) {
        this.itemCount = itemCount;
        this.draws = Math.min(draws, itemCount);
        this.named = named;
        this.correction = (float) Math.log(Math.max(1, itemCount - named) / (double) this.draws);
        this.random = new SplittableRandom(seed);
        this.drawn = new int[this.draws];
        this.drawOf = new int[itemCount];
        this.nextDraw = new int[this.draws];
        this.drawnMemory = new LongPointer(this.draws);
        this.drawnTensor = from_blob(drawnMemory, new long[] {this.draws}, IndexTensor.OPTIONS);
        this.bias = new float[maxPositions * this.draws];
        this.biasMemory = new FloatPointer(bias.length);
        Arrays.fill(drawOf, -1);
        Arrays.fill(bias, correction);
    }

    /**
     * Draws anew and scores the draws, corrected and masked; go backward through the answer before the next call or
     * {@link #close}, which reuse its memory.
     *
     * @param users one vector per position
     * @param items the item vectors
     * @param namedItems the items that each of the {@code count} positions names, one position after another
     * @return count × draws
     */
    public Tensor scores(Tensor users, Tensor items, int[] namedItems, int count) {
        draw();
        setMasked(namedItems, count, SequenceNetwork.MASKED);
        biasMemory.position(0).put(bias, 0, count * draws);
        setMasked(namedItems, count, correction);
        Tensor offsets = from_blob(biasMemory, count, draws);
        return addmm(offsets, users, items.index_select(0, drawnTensor).t());
    }

    /** What is added to the score of each draw: the logarithm of how many items it stands for. */
    public float correction() {
        return correction;
    }

    @Override
    public void close() {
        drawnTensor.close();
        drawnMemory.close();
        biasMemory.close();
    }

    private void draw() {
        for (int i = 0; i < draws; i++) {
            drawOf[drawn[i]] = -1;
        }
        for (int i = 0; i < draws; i++) {
            int item = random.nextInt(itemCount);
            drawn[i] = item;
            nextDraw[i] = drawOf[item];
            drawOf[item] = i;
            drawnMemory.put(i, item);
        }
    }

    private void setMasked(int[] namedItems, int count, float value) {
        for (int position = 0; position < count; position++) {
            for (int i = position * named; i < (position + 1) * named; i++) {
                for (int draw = drawOf[namedItems[i]]; draw >= 0; draw = nextDraw[draw]) {
                    bias[position * draws + draw] = value;
                }
            }
        }
    }
}
