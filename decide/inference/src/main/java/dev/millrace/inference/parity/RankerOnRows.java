package dev.millrace.inference.parity;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.Ranker;
import dev.millrace.inference.RankerCall;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** A graph of one float input on given rows (owned by one thread). */
final class RankerOnRows implements AutoCloseable {
    static final int BATCH = 128;

    private final Path file;
    private final Ranker ranker;
    private final int width;
    private int timed;

    RankerOnRows(OnnxGraph graph, RankerSignature signature, Path work) throws IOException {
        file = Files.createTempFile(work, "graph", ".onnx");
        Files.delete(file); // the writer makes it itself
        OnnxWriter.write(graph, file);
        width = signature.inputs().getFirst().rowValues();
        ranker = Ranker.load(file, signature, InferenceConfig.of(BATCH, 1));
    }

    long bytes() throws IOException {
        return Files.size(file);
    }

    /** Gives each batch's output {@code port} to the taker. */
    void forEachBatch(float[] rows, int port, BatchTaker taker) {
        int count = rows.length / width;
        for (int from = 0; from < count; from += BATCH) {
            int n = Math.min(BATCH, count - from);
            try (RankerCall call = ranker.borrow()) {
                call.input(0).asFloatBuffer().put(0, rows, from * width, n * width);
                call.run(n, Priority.INTERACTIVE, Deadline.none());
                taker.take(from, n, call.output(port).asFloatBuffer());
            }
        }
    }

    /** Takes a batch's output. */
    interface BatchTaker {
        void take(int from, int count, FloatBuffer output);
    }

    float[] scores(float[] rows) {
        float[] scores = new float[rows.length / width];
        forEachBatch(rows, 0, (from, n, output) -> output.get(0, scores, from, n));
        return scores;
    }

    /** Nanoseconds for a batch; each call takes the next whole one of the rows, and the first after the last. */
    long timeNext(float[] rows) {
        if ((timed + BATCH) * width > rows.length) {
            timed = 0;
        }
        long began = System.nanoTime();
        try (RankerCall call = ranker.borrow()) {
            call.input(0).asFloatBuffer().put(0, rows, timed * width, BATCH * width);
            call.run(BATCH, Priority.INTERACTIVE, Deadline.none());
        }
        timed += BATCH;
        return System.nanoTime() - began;
    }

    @Override
    public void close() {
        ranker.close();
    }
}
