package dev.millrace.index;

/** What speaks for an item whoever asks, from 0 to 1: it decides among items that match equally well. Thread-safe. */
@FunctionalInterface
public interface ItemPrior {
    /** What the greatest prior counts for, against the weights of a query, which sum to 1. */
    float WEIGHT = 0.1f;

    float of(int item);

    /** All items are equal. */
    static ItemPrior none() {
        return item -> 0;
    }
}
