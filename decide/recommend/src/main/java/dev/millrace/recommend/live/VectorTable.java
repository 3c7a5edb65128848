package dev.millrace.recommend.live;

import dev.millrace.storage.RowTable;

/**
 * The item vectors of one model: the key is the item's ordinal, the row its floats.
 *
 * @param maxItems how many it takes; later items stay without a vector
 * @param end gives its memory back; no request reads any more
 */
public record VectorTable(RowTable rows, long maxItems, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
        end.run();
    }
}
