package dev.millrace.training.network;

/**
 * A few windows of about the same length, side by side.
 *
 * @param items windows × length inputs, row-major; short rows are filled with item 0
 * @param positions the row-major places that have a target
 * @param targets the right next item of each of these places
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(int rows, int length, int[] items, int[] positions, int[] targets) {
    /** Whether every place has a target, so that none must be picked out. */
    public boolean isDense() {
        return positions.length == items.length;
    }
}
