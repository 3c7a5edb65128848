package dev.millrace.training.network;

/**
 * A few windows of about the same length, side by side.
 *
 * @param items windows × length inputs, row-major; short rows are filled with item 0
 * @param positions the row-major places that have a target
 * @param targets the right next item of each of these places
 * @param sources which action of all sequences, laid end to end, each of these places holds
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(int rows, int length, int[] items, int[] positions, int[] targets, long[] sources) {
    /** Whether every place has a target, so that none must be picked out. */
    public boolean isDense() {
        return positions.length == items.length;
    }
}
