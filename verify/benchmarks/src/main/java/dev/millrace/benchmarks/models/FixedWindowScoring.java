package dev.millrace.benchmarks.models;

import ai.onnxruntime.OrtException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Batching as Triton and TensorFlow Serving do it: a batch is closed when it is full or when its first request has waited
 * for the window, and a thread per core runs batches. Thread-safe.
 */
final class FixedWindowScoring implements BatchedScoring {
    private static final int STEP = 16;

    private final LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final ExecutorService runners;
    private final RawSession session;
    private final long windowNanos;
    private final int maxRows;

    private record Waiting(float[] rows, float[] scores, long arrived, CompletableFuture<Void> done) {}

    FixedWindowScoring(Path graph, long windowNanos, int maxRows) throws OrtException {
        this.session = new RawSession(graph, RandomPerceptron.WIDE.width());
        this.windowNanos = windowNanos;
        this.maxRows = maxRows;
        int cores = Runtime.getRuntime().availableProcessors();
        this.runners = Executors.newFixedThreadPool(cores);
        for (int core = 0; core < cores; core++) {
            runners.execute(this::loop);
        }
    }

    @Override
    public void score(float[] rows, float[] scores) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        queue.add(new Waiting(rows, scores, System.nanoTime(), done));
        done.join();
    }

    private void loop() {
        RawSession.Tensors[] views = new RawSession.Tensors[2 * maxRows / STEP + 1];
        List<Waiting> batch = new ArrayList<>();
        try {
            while (true) {
                runNext(views, batch);
                batch.clear();
            }
        } catch (InterruptedException end) {
            for (RawSession.Tensors view : views) {
                if (view != null) {
                    view.close();
                }
            }
        }
    }

    private void runNext(RawSession.Tensors[] views, List<Waiting> batch) throws InterruptedException {
        int rows = collect(batch);
        try {
            run(views, batch, rows);
        } catch (OrtException | RuntimeException e) { // each caller must hear of it
            batch.forEach(waiting -> waiting.done.completeExceptionally(e));
        }
    }

    private int collect(List<Waiting> batch) throws InterruptedException {
        Waiting first = queue.take();
        batch.add(first);
        int rows = first.scores.length;
        while (rows < maxRows) {
            long left = windowNanos - (System.nanoTime() - first.arrived);
            Waiting next = left > 0 ? queue.poll(left, TimeUnit.NANOSECONDS) : queue.poll();
            if (next == null) {
                break;
            }
            batch.add(next);
            rows += next.scores.length;
        }
        return rows;
    }

    private void run(RawSession.Tensors[] views, List<Waiting> batch, int rows) throws OrtException {
        int step = (rows + STEP - 1) / STEP;
        RawSession.Tensors view = views[step];
        if (view == null) {
            view = session.tensors(step * STEP);
            views[step] = view;
        }
        int at = 0;
        for (Waiting waiting : batch) {
            view.input.put(at * RandomPerceptron.WIDE.width(), waiting.rows);
            at += waiting.scores.length;
        }
        view.run();
        at = 0;
        for (Waiting waiting : batch) {
            view.output.get(at, waiting.scores);
            at += waiting.scores.length;
            waiting.done.complete(null);
        }
    }

    @Override
    public void close() throws OrtException {
        runners.shutdownNow();
        runners.close();
        session.close();
    }
}
