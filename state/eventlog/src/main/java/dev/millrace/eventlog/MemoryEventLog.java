package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.MillraceException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** An event log on the heap, for tests and tools: keeps everything and forgets it when closed. Thread-safe. */
public final class MemoryEventLog implements EventLog {
    private final List<Event> events = new ArrayList<>();
    private final Map<EventId, Long> offsets = new HashMap<>();
    private boolean closed;

    @Override
    public synchronized CompletableFuture<Receipt> append(Event event) {
        return closed ? CompletableFuture.failedFuture(closedFailure()) : CompletableFuture.completedFuture(add(event));
    }

    @Override
    public synchronized CompletableFuture<List<Receipt>> appendAll(List<? extends Event> batch) {
        if (closed) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        List<Receipt> receipts = new ArrayList<>(batch.size());
        batch.forEach(event -> receipts.add(add(event)));
        return CompletableFuture.completedFuture(receipts);
    }

    @Override
    public void protectFrom(long offset) {
        // Everything is kept anyway.
    }

    @Override
    public long begin() {
        return 0;
    }

    @Override
    public synchronized long end() {
        return events.size();
    }

    @Override
    public LogReader read(long fromOffset) {
        Offsets.requireWithin(fromOffset, begin(), end());
        return new MemoryLogReader(fromOffset);
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private Receipt add(Event event) {
        Long first = offsets.putIfAbsent(event.id(), (long) events.size());
        if (first != null) {
            return new Receipt(first, true);
        }
        events.add(event);
        notifyAll();
        return new Receipt(events.size() - 1, false);
    }

    private synchronized Event get(long offset) {
        return events.get(Math.toIntExact(offset));
    }

    private synchronized boolean awaitEnd(long beyond, Duration timeout) throws InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        while (events.size() <= beyond && !closed) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / 1_000_000, (int) (left % 1_000_000));
        }
        return events.size() > beyond;
    }

    private static MillraceException closedFailure() {
        return new MillraceException(ErrorCode.UNAVAILABLE, "the event log is closed");
    }

    private final class MemoryLogReader implements LogReader {
        private long offset;

        MemoryLogReader(long offset) {
            this.offset = offset;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public int poll(EventConsumer consumer, int max) {
            long end = Math.min(end(), offset + max);
            int count = 0;
            for (; offset < end; offset++, count++) {
                consumer.accept(offset, get(offset));
            }
            return count;
        }

        @Override
        public boolean await(Duration timeout) throws InterruptedException {
            return awaitEnd(offset, timeout);
        }

        @Override
        public void close() {
            // Holds nothing.
        }
    }
}
