package dev.millrace.server.hold;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.eventlog.Receipt;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A log that says it begins where the test wants, and remembers what is protected; {@code -1} before the first word. */
final class ShortenedLog implements EventLog {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    final MemoryEventLog whole = new MemoryEventLog();
    long begin;
    long protectedFrom = -1;
    /** How many polls fail first, since a row that an event needs is late. */
    int latePolls;

    static Event item(int number) {
        ItemId id = new ItemId("i" + number);
        Item item = new Item(id, id.value(), List.of("t"), Map.of(), START, true);
        return new Event.ItemUpserted(new EventId("item" + number), START, item);
    }

    static Event click(int number) {
        return new Event.Action(
                new EventId("click" + number),
                START.plusSeconds(number),
                new UserId("u"),
                new ItemId("i0"),
                ActionType.CLICK,
                1,
                null);
    }

    @Override
    public CompletableFuture<Receipt> append(Event event) {
        return whole.append(event);
    }

    @Override
    public CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events) {
        return whole.appendAll(events);
    }

    @Override
    public void protectFrom(long offset) {
        protectedFrom = offset;
    }

    @Override
    public long begin() {
        return begin;
    }

    @Override
    public long end() {
        return whole.end();
    }

    @Override
    public LogReader read(long fromOffset) {
        return new LateReader(whole.read(fromOffset));
    }

    private final class LateReader implements LogReader {
        private final LogReader reader;

        LateReader(LogReader reader) {
            this.reader = reader;
        }

        @Override
        public long offset() {
            return reader.offset();
        }

        @Override
        public int poll(EventConsumer consumer, int max) {
            if (latePolls > 0) {
                latePolls--;
                throw new MillraceException(
                        ErrorCode.STORAGE_FAILED, "it waits", new MillraceException(ErrorCode.UNAVAILABLE, "late"));
            }
            return reader.poll(consumer, max);
        }

        @Override
        public boolean await(Duration timeout) throws InterruptedException {
            return reader.await(timeout);
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    @Override
    public void close() {
        whole.close();
    }
}
