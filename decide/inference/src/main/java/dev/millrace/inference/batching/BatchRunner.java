package dev.millrace.inference.batching;

import java.util.List;

/** Runs the rows of several calls as one. Called by as many threads at once as the batcher has cores. */
@FunctionalInterface
public interface BatchRunner {
    /**
     * @param batch at least one call; when this returns, each has its results
     * @param rows the rows of all of them together
     */
    void run(List<BatchWork> batch, int rows);
}
