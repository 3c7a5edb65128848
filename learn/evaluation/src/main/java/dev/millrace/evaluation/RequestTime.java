package dev.millrace.evaluation;

import dev.millrace.inference.InferenceConfig;
import dev.millrace.inference.SequenceModel;
import dev.millrace.models.Bundle;
import dev.millrace.models.MappedItemVectors;

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
    static RequestTime of(Bundle bundle, int[][] histories) throws IOException {
        int candidates = Math.min(CANDIDATES, bundle.vocabulary().size());
        long[] encode = new long[REQUESTS];
        long[] score = new long[REQUESTS];
        long[] both = new long[REQUESTS];
        try (SequenceModel model = SequenceModel.load(bundle, InferenceConfig.of(CANDIDATES, 1));
                Arena arena = Arena.ofConfined()) {
            MemorySegment rows = rows(bundle, candidates, arena);
            float[] user = new float[model.dimension()];
            float[] scores = new float[candidates];
            for (int i = -WARM_UP; i < REQUESTS; i++) {
                int[] history = histories[(i + WARM_UP) % histories.length];
                long start = System.nanoTime();
                model.encode(history, history.length, user);
                long encoded = System.nanoTime();
                model.score(user, rows, candidates, scores);
                long end = System.nanoTime();
                if (i >= 0) {
                    encode[i] = encoded - start;
                    score[i] = end - encoded;
                    both[i] = end - start;
                }
            }
        }
        return new RequestTime(medianMicros(encode), medianMicros(score), medianMicros(both));
    }

    private static MemorySegment rows(Bundle bundle, int candidates, Arena arena) throws IOException {
        MappedItemVectors vectors = bundle.itemVectors();
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
