package dev.millrace.server.ingest;

import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.Receipt;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/** The way into the log, which counts what went in. Thread-safe. */
public final class Intake {
    /** An apply that takes longer than this is a failure of the ingest agent. */
    private static final Duration APPLY_LIMIT = Duration.ofSeconds(10);

    private static final Duration STORE_LIMIT = Duration.ofSeconds(30);

    private final EventLog log;
    private final AppliedOffsets applied;
    private final Freshness freshness;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder duplicates = new LongAdder();

    public Intake(EventLog log, AppliedOffsets applied, Freshness freshness) {
        this.log = log;
        this.applied = applied;
        this.freshness = freshness;
    }

    /** Complete when the events are on disk. */
    public CompletableFuture<List<Receipt>> store(List<? extends Event> events) {
        long arrived = System.nanoTime();
        return log.appendAll(events).thenApply(receipts -> {
            receipts.forEach(this::count);
            long last = receipts.isEmpty() ? -1 : receipts.getLast().offset();
            if (last >= 0) {
                freshness.stored(last, arrived);
            }
            return receipts;
        });
    }

    /** Waits until the event can be read back. Call it on a thread that may block. */
    public void storeAndApply(Event event) {
        Receipt receipt = await(store(List.of(event)), STORE_LIMIT).getFirst();
        awaitApplied(receipt.offset() + 1);
    }

    /** Waits until every event below the offset can be read back. Call it on a thread that may block. */
    public void awaitApplied(long offset) {
        await(applied.reached(offset), APPLY_LIMIT);
    }

    /** Waits for the disk. Call it on a thread that may block. */
    public List<Receipt> storeNow(List<? extends Event> events) {
        return await(store(events), STORE_LIMIT);
    }

    public long accepted() {
        return accepted.sum();
    }

    public long duplicates() {
        return duplicates.sum();
    }

    private void count(Receipt receipt) {
        if (receipt.isErased()) {
            return;
        }
        (receipt.duplicate() ? duplicates : accepted).increment();
    }

    static <T> T await(CompletableFuture<T> future, Duration limit) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new MillraceException(ErrorCode.INTERNAL, "The log failed", e.getCause());
        } catch (TimeoutException e) {
            throw new MillraceException(
                    ErrorCode.UNAVAILABLE, "The log took longer than " + limit + "; send it again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MillraceException(ErrorCode.UNAVAILABLE, "The server is draining; send it again", e);
        }
    }
}
