package dev.millrace.server.answer;

import dev.millrace.runtime.Admission;
import dev.millrace.runtime.AdmissionConfig;
import dev.millrace.runtime.AdmissionControl;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import dev.millrace.server.http.OverloadedException;
import dev.millrace.server.http.Traces;
import org.slf4j.MDC;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The bounded threads that make answers, behind admission control: what would wait too long is refused at once, so that
 * what is admitted is in time. Thread-safe.
 */
public final class AnswerPool implements AutoCloseable {
    private static final long DRAIN_SECONDS = 10;

    private final AdmissionControl admission;
    private final ExecutorService workers;

    public AnswerPool(AdmissionConfig config, Clock clock) {
        this.admission = new AdmissionControl(config, clock);
        // Admission bounds what waits, so the queue itself needs no second bound.
        this.workers = new ThreadPoolExecutor(
                config.workers(),
                config.workers(),
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("millrace-answer-", 0).daemon().factory());
    }

    /** Makes an answer on one of the threads; the future fails with {@link OverloadedException} where none is free in time. */
    public <T> CompletableFuture<T> answer(Priority priority, Deadline deadline, Supplier<T> work) {
        return switch (admission.tryAcquire(priority, deadline)) {
            case Admission.Rejection(long retryAfterMillis) ->
                CompletableFuture.failedFuture(OverloadedException.ofWaiting(retryAfterMillis));
            case Admission.Permit permit -> start(permit, work);
        };
    }

    public AdmissionControl admission() {
        return admission;
    }

    /** Lets the admitted finish. */
    @Override
    public void close() {
        workers.shutdown();
        try {
            if (!workers.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            workers.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private <T> CompletableFuture<T> start(Admission.Permit permit, Supplier<T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        String traceId = Traces.currentId();
        try {
            workers.execute(() -> run(permit, work, answer, traceId));
        } catch (java.util.concurrent.RejectedExecutionException e) {
            permit.close();
            answer.completeExceptionally(new OverloadedException("The server is draining", 1000));
        }
        return answer;
    }

    private static <T> void run(
            Admission.Permit permit,
            Supplier<T> work,
            CompletableFuture<T> answer,
            @org.jspecify.annotations.Nullable String traceId) {
        MDC.put(Traces.KEY, traceId);
        try (permit) {
            if (permit.begin()) {
                answer.complete(work.get());
            } else {
                answer.completeExceptionally(
                        new OverloadedException("The request waited longer than its deadline allows", 1000));
            }
        } catch (Throwable failure) {
            answer.completeExceptionally(failure);
        } finally {
            MDC.remove(Traces.KEY);
        }
    }
}
