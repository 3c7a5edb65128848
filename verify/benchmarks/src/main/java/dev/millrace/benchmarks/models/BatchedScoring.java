package dev.millrace.benchmarks.models;

import ai.onnxruntime.OrtException;
import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.Ranker;
import dev.millrace.inference.RankerCall;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

import java.nio.file.Path;

/** A way to score the rows of one request among those of others; called by many threads. */
interface BatchedScoring extends AutoCloseable {
    /** Scores {@code rows.length / width} rows. */
    void score(float[] rows, float[] scores) throws Exception;

    @Override
    void close() throws OrtException;

    /** Millrace's own. */
    static BatchedScoring adaptive(Path graph) throws Exception {
        Ranker ranker = Ranker.load(graph, RandomPerceptron.WIDE.signature(), InferenceConfig.defaults());
        return new BatchedScoring() {
            @Override
            public void score(float[] rows, float[] scores) {
                try (RankerCall call = ranker.borrow()) {
                    call.input(0).asFloatBuffer().put(0, rows);
                    call.run(scores.length, Priority.INTERACTIVE, Deadline.none());
                    call.output(0).asFloatBuffer().get(0, scores);
                }
            }

            @Override
            public void close() {
                ranker.close();
            }
        };
    }
}
