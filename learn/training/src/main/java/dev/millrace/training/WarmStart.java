package dev.millrace.training;

import dev.millrace.training.ridge.ItemFactors;
import dev.millrace.training.ridge.RidgeTerm;
import dev.millrace.training.ridge.SequentialRidge;
import dev.millrace.training.ridge.TransitionFactors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses where the item vectors start: from the closed-form ridge while it is cheap, else from item transitions.
 *
 * <p>A good start is worth several epochs: on MovieLens-1M one epoch from the ridge reaches what four reach from chance.
 */
final class WarmStart {
    /** Operations of factor and solve per items³. */
    private static final double FLOPS_PER_CUBE = 7.0 / 3;

    /** A cautious speed of one contended core. */
    private static final double FLOPS_PER_SECOND = 30e9;

    /** The largest share of the budget that the start may take. */
    private static final double BUDGET_SHARE = 0.25;

    private WarmStart() {}

    /**
     * What a run starts from.
     *
     * @param itemVectors row-major items × item dimension
     * @param ridge what may be served beside the network; null where none is wanted or it would cost too much
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Start(float[] itemVectors, @Nullable RidgeTerm ridge) {}

    static Start of(HoldOut holdOut, TrainingConfig config) {
        int dimension = config.shape().itemDimension();
        if (!isRidgeAffordable(holdOut.itemCount(), config)) {
            return new Start(
                    TransitionFactors.of(holdOut.learnt(), holdOut.itemCount(), dimension, config.seed()), null);
        }
        try (SequentialRidge ridge = SequentialRidge.fit(holdOut.learnt(), holdOut.itemCount())) {
            int rank = config.ridge().rank();
            return new Start(
                    ItemFactors.ofRidge(ridge, dimension, config.seed()),
                    rank == 0 ? null : RidgeTerm.of(ridge, rank, config.seed()));
        }
    }

    static boolean isRidgeAffordable(int itemCount, TrainingConfig config) {
        double seconds = FLOPS_PER_CUBE * Math.pow(itemCount, 3) / FLOPS_PER_SECOND;
        return itemCount <= config.ridge().itemLimit()
                && seconds <= BUDGET_SHARE * config.cpuBudget().toNanos() / 1e9;
    }
}
