package dev.millrace.training.ranking;

import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import dev.millrace.models.ranker.HashedRows;

import java.util.List;

/**
 * How a ranker looks and learns.
 *
 * @param heads the actions whose probability is learned, one head each
 * @param dimension of the vectors of items and users
 * @param hidden the widths of the shared layers, first to last
 * @param history how many of the newest positive actions are read
 * @param idBits ids share 2^idBits rows, attributes 2^(idBits − 1)
 */
public record RankerConfig(
        List<ActionType> heads, int dimension, List<Integer> hidden, int history, int idBits, Learning learning) {
    /**
     * How it learns.
     *
     * @param batch rows per step
     * @param learningRate the highest, after the warm-up
     * @param dropout the share of activations that is left out while learning
     * @param maxEpochs the end, if the validation has not called it before
     * @param weighsPlaces whether what followed at places that are looked at less counts more
     */
    public record Learning(
            int batch, double learningRate, double dropout, int maxEpochs, long seed, boolean weighsPlaces) {
        public Learning {
            if (batch < 1 || !(learningRate > 0) || dropout < 0 || dropout >= 1 || maxEpochs < 1) {
                throw new InvalidValueException(
                        "batch, learningRate, dropout, maxEpochs",
                        "are " + batch + ", " + learningRate + ", " + dropout + ", " + maxEpochs
                                + "; give at least 1, more than 0, 0 to below 1, at least 1");
            }
        }
    }

    public RankerConfig {
        heads = List.copyOf(heads);
        hidden = List.copyOf(hidden);
        if (heads.isEmpty() || hidden.isEmpty() || dimension < 1 || history < 1 || idBits < 2 || idBits > 22) {
            throw new InvalidValueException(
                    "heads, hidden, dimension, history, idBits",
                    "are " + heads + ", " + hidden + ", " + dimension + ", " + history + ", " + idBits
                            + "; give one head and one layer at least, sizes of at least 1, and 2 to 22 bits");
        }
    }

    public static RankerConfig defaults() {
        return new RankerConfig(
                List.of(
                        ActionType.CLICK,
                        ActionType.LONG_VIEW,
                        ActionType.LIKE,
                        ActionType.FOLLOW,
                        ActionType.COMMENT,
                        ActionType.SHARE,
                        ActionType.COMPLAINT),
                32,
                List.of(128, 64),
                30,
                15,
                new Learning(512, 3e-3, 0.2, 12, 1, false));
    }

    /** Which rows of the tables stand for ids and attributes, as serving reads them too. */
    public HashedRows rows() {
        return new HashedRows(idBits);
    }

    /** How many rows a table of vectors has: the row that stands for nothing is not learnt. */
    int tableRows() {
        return rows().count() - 1;
    }

    public RankerConfig withSeed(long seed) {
        return with(new Learning(
                learning.batch,
                learning.learningRate,
                learning.dropout,
                learning.maxEpochs,
                seed,
                learning.weighsPlaces));
    }

    public RankerConfig withPlaceWeights(boolean wanted) {
        return with(new Learning(
                learning.batch, learning.learningRate, learning.dropout, learning.maxEpochs, learning.seed, wanted));
    }

    private RankerConfig with(Learning changed) {
        return new RankerConfig(heads, dimension, hidden, history, idBits, changed);
    }
}
