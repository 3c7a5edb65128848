package dev.millrace.training.ranking;

import dev.millrace.training.network.WeightLayout;

import java.util.Random;

/**
 * The weights that a ranker begins with. Stateless.
 *
 * <p>Matrices keep the size of what goes through them (LeCun et al. 1998), so that the network learns from its first steps on: with
 * smaller ones it stands still at first, for a time that chance decides. Each head begins at how often its action follows (Lin et
 * al. 2017), so that no step goes into learning that most actions are rare. Vectors begin small: a row that was never learnt says
 * little.
 */
final class RankerStart {
    private static final double TABLE_STD = 0.05;

    private RankerStart() {}

    /** @param rows how many of the first examples say how often each action follows */
    static float[] weights(WeightLayout layout, LabelledBatches examples, int rows) {
        Random random = new Random(examples.config().learning().seed());
        float[] all = new float[layout.length()];
        layout.slots().forEach((name, slot) -> {
            if (name.endsWith(".weight")) {
                fill(all, slot, 1 / Math.sqrt((double) slot.shape()[1]), random);
            } else if (name.equals(RankerNetwork.ITEMS) || name.equals(RankerNetwork.USERS)) {
                fill(all, slot, TABLE_STD, random);
            }
        });
        int bias = layout.slot(RankerNetwork.HEADS_BIAS).offset();
        for (int head = 0; head < examples.config().heads().size(); head++) {
            all[bias + head] = (float) logitOfRate(examples, head, rows);
        }
        return all;
    }

    private static void fill(float[] all, WeightLayout.Slot slot, double deviation, Random random) {
        for (int i = 0; i < slot.length(); i++) {
            all[slot.offset() + i] = (float) (random.nextGaussian() * deviation);
        }
    }

    private static double logitOfRate(LabelledBatches examples, int head, int rows) {
        double followed = 0;
        for (int row = 0; row < rows; row++) {
            followed += Math.min(1, examples.label(row, head));
        }
        // One more of each kind: none is impossible, and none is certain.
        return Math.log((followed + 1) / (rows - followed + 1));
    }
}
