package dev.millrace.index;

/** What speaks for an item whoever asks, from 0 to 1: it decides among items that match equally well. Thread-safe. */
public interface ItemPrior {
    /** What the greatest prior counts for, against the weights of a query, which sum to 1. */
    float WEIGHT = 0.1f;

    float of(int item);

    /** No prior is above this; what is lower lets searches skip more. */
    default float greatest() {
        return 1;
    }

    /** All items are equal. */
    static ItemPrior none() {
        return new ItemPrior() {
            @Override
            public float of(int item) {
                return 0;
            }

            @Override
            public float greatest() {
                return 0;
            }
        };
    }
}
