package dev.millrace.evaluation.speed;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.SequenceModel;
import dev.millrace.inference.parity.PairedSpeed;
import dev.millrace.models.Bundle;
import dev.millrace.models.ItemVectors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What a request costs on one core: encode one history, then score 500 candidates, through the runtime that serves.
 *
 * @param encodeMicros median of the encoder
 * @param scoreMicros median of the scorer
 * @param requestMicros median of both together
 */
public record RequestTime(double encodeMicros, double scoreMicros, double requestMicros) {
    static final int CANDIDATES = 500;

    private static final int WARM_UP = 1_000;
    private static final int REQUESTS = 3_000;

    /** @param histories vocabulary indexes of the bundle; each is encoded in turn */
    public static RequestTime of(Bundle bundle, int[][] histories) throws IOException {
        long[] encode = new long[REQUESTS];
        long[] score = new long[REQUESTS];
        long[] both = new long[REQUESTS];
        try (Requests requests = new Requests(bundle)) {
            for (int i = -WARM_UP; i < REQUESTS; i++) {
                requests.next(histories[(i + WARM_UP) % histories.length]);
                if (i >= 0) {
                    encode[i] = requests.encodeNanos;
                    score[i] = requests.scoreNanos;
                    both[i] = requests.encodeNanos + requests.scoreNanos;
                }
            }
        }
        return new RequestTime(medianMicros(encode), medianMicros(score), medianMicros(both));
    }

    /**
     * How many times as fast the other bundle answers, request by request in turns.
     *
     * @param histories vocabulary indexes of both bundles
     */
    public static PairedSpeed speed(Bundle bundle, Bundle other, int[][] histories) throws IOException {
        try (Requests one = new Requests(bundle);
                Requests two = new Requests(other)) {
            for (int i = 0; i < WARM_UP; i++) {
                one.next(histories[i % histories.length]);
                two.next(histories[i % histories.length]);
            }
            return PairedSpeed.measure(() -> one.nanosOfNext(histories), () -> two.nanosOfNext(histories));
        }
    }

    /** A bundle that is asked again and again, with the time that the newest request took. */
    private static final class Requests implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final SequenceModel model;
        private final MemorySegment rows;
        private final float[] user;
        private final float[] scores;
        private long encodeNanos;
        private long scoreNanos;
        private int timed;

        Requests(Bundle bundle) throws IOException {
            int candidates = Math.min(CANDIDATES, bundle.vocabulary().size());
            model = SequenceModel.load(bundle, InferenceConfig.of(CANDIDATES, 1));
            rows = rows(bundle, candidates, arena);
            user = new float[model.dimension()];
            scores = new float[candidates];
        }

        void next(int[] history) {
            long start = System.nanoTime();
            model.encode(history, history.length, user);
            long encoded = System.nanoTime();
            model.score(user, rows, scores.length, scores);
            encodeNanos = encoded - start;
            scoreNanos = System.nanoTime() - encoded;
        }

        /** Takes the histories in turn. */
        long nanosOfNext(int[][] histories) {
            next(histories[timed++ % histories.length]);
            return encodeNanos + scoreNanos;
        }

        @Override
        public void close() {
            model.close();
            arena.close();
        }
    }

    private static MemorySegment rows(Bundle bundle, int candidates, Arena arena) throws IOException {
        ItemVectors vectors = bundle.itemVectors();
        float[] row = new float[bundle.dimension()];
        MemorySegment rows = arena.allocate((long) candidates * row.length * Float.BYTES, Long.BYTES);
        for (int item = 0; item < candidates; item++) {
            vectors.read(item, row);
            MemorySegment.copy(
                    row, 0, rows, ValueLayout.JAVA_FLOAT, (long) item * row.length * Float.BYTES, row.length);
        }
        return rows;
    }

    private static double medianMicros(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1e3;
    }
}
