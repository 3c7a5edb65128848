package dev.millrace.audience;

import dev.millrace.client.ApiException;
import dev.millrace.wire.recommend.RecommendResponse;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Everything that is counted and timed while an audience is there. Thread-safe. */
final class Measurements {
    private static final long LONGEST_MICROS = 60_000_000;
    private static final int DIGITS = 3;
    private static final int TOO_MANY_REQUESTS = 429;

    private final long beganNanos = System.nanoTime();
    private final ClickLedger ledger;
    private final Histogram latencyMicros = new ConcurrentHistogram(LONGEST_MICROS, DIGITS);
    private final Histogram freshnessMicros = new ConcurrentHistogram(LONGEST_MICROS, DIGITS);
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder degraded = new LongAdder();
    private final List<ModelSeen> models = new CopyOnWriteArrayList<>();
    private final AtomicLong firstPersonalAnswerEpochMillis = new AtomicLong();

    Measurements(int seconds) {
        ledger = new ClickLedger(seconds);
    }

    /** Runs and times one request of a person. */
    RecommendResponse timed(Arm arm, Supplier<RecommendResponse> request) {
        requests.increment();
        long began = System.nanoTime();
        RecommendResponse answer = request.get();
        latencyMicros.recordValue(micros(System.nanoTime() - began));
        note(arm, answer);
        return answer;
    }

    void error() {
        errors.increment();
    }

    /** Counts a call that failed; one that was refused for lack of capacity is no error. */
    void failed(RuntimeException failure) {
        if (failure instanceof ApiException answer && answer.status() == TOO_MANY_REQUESTS) {
            refused.increment();
        } else {
            error();
        }
    }

    void clicks(Arm arm, int shown, int clicked) {
        ledger.add(arm, elapsedSeconds(), shown, clicked);
    }

    void freshness(long nanos) {
        freshnessMicros.recordValue(micros(nanos));
    }

    long elapsedSeconds() {
        return (System.nanoTime() - beganNanos) / 1_000_000_000;
    }

    ClickLedger ledger() {
        return ledger;
    }

    Histogram latencyMicros() {
        return latencyMicros;
    }

    Histogram freshnessMicros() {
        return freshnessMicros;
    }

    long requests() {
        return requests.sum();
    }

    long errors() {
        return errors.sum();
    }

    long refused() {
        return refused.sum();
    }

    long degraded() {
        return degraded.sum();
    }

    /** The version that made the newest personal answer; empty before a model is live. */
    String modelVersion() {
        return models.isEmpty() ? "" : models.getLast().version();
    }

    /** The versions in the order in which they were first seen in an answer. */
    List<ModelSeen> models() {
        return List.copyOf(models);
    }

    /** When the first personal answer with items came, in milliseconds since 1970; 0 before. */
    long firstPersonalAnswerEpochMillis() {
        return firstPersonalAnswerEpochMillis.get();
    }

    private void note(Arm arm, RecommendResponse answer) {
        if (!answer.degraded().isEmpty()) {
            degraded.increment();
        }
        if (arm != Arm.MODEL || answer.items().isEmpty()) {
            return;
        }
        firstPersonalAnswerEpochMillis.compareAndSet(0, System.currentTimeMillis());
        String version = trainedVersion(answer.model());
        if (!version.isEmpty()
                && models.stream().noneMatch(seen -> seen.version().equals(version))) {
            addModel(version);
        }
    }

    /** Without the number of the delta that answered with it: there are many. */
    private static String trainedVersion(String label) {
        int plus = label.indexOf('+');
        return plus < 0 ? label : label.substring(0, plus);
    }

    private synchronized void addModel(String version) {
        if (models.stream().noneMatch(seen -> seen.version().equals(version))) {
            models.add(new ModelSeen(version, elapsedSeconds()));
        }
    }

    /** A model's version, and the second of the run in which it first answered. */
    public record ModelSeen(String version, long second) {}

    private static long micros(long nanos) {
        return Math.clamp(nanos / 1000, 0, LONGEST_MICROS);
    }
}
