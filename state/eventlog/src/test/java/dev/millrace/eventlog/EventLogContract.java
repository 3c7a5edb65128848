package dev.millrace.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.MillraceException;
import dev.millrace.testkit.EventGenerator;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

/** What every event log must do; each implementation runs it. */
abstract class EventLogContract {
    abstract EventLog open();

    @Test
    void append_thenRead_givesTheSameEventsInOrder() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("append_thenRead"));
        List<Event> events = events(generator, 500);
        try (EventLog log = open()) {
            for (int i = 0; i < 100; i++) {
                assertEquals(new Receipt(i, false), log.append(events.get(i)).get());
            }
            List<Receipt> receipts = log.appendAll(events.subList(100, 500)).get();
            assertEquals(new Receipt(100, false), receipts.getFirst());
            assertEquals(new Receipt(499, false), receipts.getLast());
            assertEquals(0, log.begin());
            assertEquals(500, log.end());
            assertEquals(events, readAll(log, 0));
            assertEquals(events.subList(123, 500), readAll(log, 123));
            assertEquals(List.of(), readAll(log, 500));
        }
    }

    @Test
    void append_knownId_isADuplicateAndNotStored() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("append_knownId"));
        Event first = generator.next();
        Event other = generator.next();
        try (EventLog log = open()) {
            log.append(first).get();
            Event.Action again = generator.action(first.id());
            assertEquals(
                    List.of(new Receipt(0, true), new Receipt(1, false), new Receipt(1, true)),
                    log.appendAll(List.of(again, other, other)).get());
            assertEquals(new Receipt(1, true), log.append(other).get());
            assertEquals(List.of(first, other), readAll(log, 0));
        }
    }

    @Test
    void appendAll_nothing_completesAtOnce() throws Exception {
        try (EventLog log = open()) {
            assertEquals(List.of(), log.appendAll(List.of()).get());
            assertEquals(0, log.end());
        }
    }

    @Test
    void read_outsideTheLog_namesTheBounds() {
        try (EventLog log = open()) {
            MillraceException beyond = assertThrows(MillraceException.class, () -> log.read(1));
            assertEquals(ErrorCode.NOT_FOUND, beyond.code());
            assertThrows(MillraceException.class, () -> log.read(-1));
        }
    }

    @Test
    void append_afterClose_fails() {
        EventLog log = open();
        log.close();
        Event event = new EventGenerator(Seed.random("append_afterClose")).next();
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> log.append(event).get());
        assertEquals(
                ErrorCode.UNAVAILABLE,
                assertInstanceOf(MillraceException.class, failure.getCause()).code());
    }

    @Test
    void poll_consumerFails_givesTheSameEventAgain() throws Exception {
        List<Event> events = events(new EventGenerator(Seed.random("poll_consumerFails")), 3);
        try (EventLog log = open()) {
            log.appendAll(events).get();
            try (LogReader reader = log.read(0)) {
                assertEquals(1, reader.poll((offset, event) -> {}, 1));
                assertThrows(
                        IllegalStateException.class,
                        () -> reader.poll(
                                (offset, event) -> {
                                    throw new IllegalStateException("no");
                                },
                                10));
                assertEquals(1, reader.offset());
                List<Event> read = new ArrayList<>();
                assertEquals(2, reader.poll((offset, event) -> read.add(event), 10));
                assertEquals(events.subList(1, 3), read);
            }
        }
    }

    @Test
    void await_untilAnEventComes_wakesUp() throws Exception {
        Event event = new EventGenerator(Seed.random("await_untilAnEventComes")).next();
        try (EventLog log = open();
                LogReader reader = log.read(0)) {
            assertFalse(reader.await(Duration.ofMillis(5)));
            CompletableFuture<Boolean> woken = CompletableFuture.supplyAsync(() -> {
                try {
                    return reader.await(Duration.ofSeconds(30));
                } catch (InterruptedException e) {
                    return false;
                }
            });
            log.append(event).get();
            assertTrue(woken.get());
            assertEquals(1, reader.poll((offset, read) -> assertEquals(event, read), 10));
        }
    }

    @Test
    void append_byManyThreads_storesEachIdOnceInSomeOrder() throws Exception {
        int threads = 8;
        int each = 500;
        try (EventLog log = open()) {
            Set<Long> stored = new HashSet<>();
            List<CompletableFuture<List<Receipt>>> work = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                // Neighbours share half of their ids.
                int from = t * each / 2;
                work.add(CompletableFuture.supplyAsync(() -> appendRange(log, from, each)));
            }
            for (CompletableFuture<List<Receipt>> receipts : work) {
                for (Receipt receipt : receipts.get()) {
                    if (!receipt.duplicate()) {
                        assertTrue(stored.add(receipt.offset()));
                    }
                }
            }
            int distinct = (threads - 1) * each / 2 + each;
            assertEquals(distinct, stored.size());
            assertEquals(distinct, log.end());
            assertEquals(
                    distinct,
                    Set.copyOf(readAll(log, 0).stream().map(Event::id).toList()).size());
        }
    }

    private static List<Receipt> appendRange(EventLog log, int from, int count) {
        EventGenerator generator = new EventGenerator(new java.util.Random(from));
        List<CompletableFuture<Receipt>> open = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            open.add(log.append(generator.action(new EventId("id-" + (from + i)))));
            if (ThreadLocalRandom.current().nextInt(50) == 0) {
                open.getLast().join();
            }
        }
        return open.stream().map(CompletableFuture::join).toList();
    }

    static List<Event> events(EventGenerator generator, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(generator.next());
        }
        return events;
    }

    static List<Event> readAll(ReadableEventLog log, long from) {
        List<Event> events = new ArrayList<>();
        try (LogReader reader = log.read(from)) {
            while (reader.poll(
                            (offset, event) -> {
                                assertEquals(from + events.size(), offset);
                                events.add(event);
                            },
                            97)
                    > 0) {
                assertEquals(from + events.size(), reader.offset());
            }
        }
        return events;
    }
}
