package dev.millrace.features;

import org.jspecify.annotations.Nullable;

import java.io.DataOutput;
import java.io.IOException;

/**
 * The content of a snapshot as of the moment when the capture began, written part by part while the state goes on. What
 * an event is about to change is kept as it was until its turn comes. Owned by the writer of the state.
 */
public interface Capture extends AutoCloseable {
    /**
     * Writes some more.
     *
     * @param rows about how many rows at most
     * @return the section that the bytes belong to: the sections come one after the other; null when all was written
     */
    @Nullable
    String write(DataOutput out, int rows) throws IOException;

    /** What is kept of rows that changed before their turn. */
    long keptBytes();

    /** Ends the capture, be it finished or not; nothing is kept any more. */
    @Override
    void close();
}
