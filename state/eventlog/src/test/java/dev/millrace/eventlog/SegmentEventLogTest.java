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
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

class SegmentEventLogTest extends EventLogContract {
    /** Small segments and a small window, so that tests see many of the former and leave the latter. */
    static final EventLogConfig SMALL =
            new EventLogConfig(4096, Duration.ZERO, 300, 65_536, 1 << 20, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);

    @TempDir
    Path directory;

    @Override
    EventLog open() {
        return SegmentEventLog.open(directory, EventLogConfig.defaults());
    }

    @Test
    void log_reopenedManyTimes_keepsEverythingAndKnowsTheWindow() throws Exception {
        Random random = Seed.random("log_reopened");
        EventGenerator generator = new EventGenerator(random);
        List<Event> expected = new ArrayList<>();
        for (int round = 0; round < 30; round++) {
            try (EventLog log = SegmentEventLog.open(directory, SMALL)) {
                assertEquals(expected, readAll(log, 0));
                requireWindow(log, expected, random);
                List<Event> more = events(generator, random.nextInt(60));
                log.appendAll(more).get();
                expected.addAll(more);
                requireWindow(log, expected, random);
            }
            if (random.nextInt(3) == 0) {
                deleteSomeIdFiles(random);
            }
        }
        assertTrue(segmentCount() > 5, "the test must see several segments");
    }

    /** The oldest event in the window is known; the one before it is new again, and so is stored again. */
    private static void requireWindow(EventLog log, List<Event> expected, Random random) throws Exception {
        int first = Math.max(0, expected.size() - SMALL.windowEvents());
        if (expected.size() > first) {
            int known = first + random.nextInt(expected.size() - first);
            for (int offset : new int[] {first, known, expected.size() - 1}) {
                assertTrue(log.append(expected.get(offset)).get().duplicate(), "offset " + offset);
            }
        }
        if (first > 0) {
            Event old = expected.get(first - 1);
            assertEquals(new Receipt(expected.size(), false), log.append(old).get());
            expected.add(old);
        }
    }

    private void deleteSomeIdFiles(Random random) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(IdFile.SUFFIX)).toList()) {
                if (random.nextBoolean()) {
                    Files.delete(file);
                } else {
                    Files.write(file, new byte[] {1, 2, 3});
                }
            }
        }
    }

    @Test
    void open_segmentsBehindTheWindow_areNotRead() throws Exception {
        List<Event> events = events(new EventGenerator(Seed.random("open_segmentsBehind")), 900);
        try (EventLog log = SegmentEventLog.open(directory, SMALL)) {
            appendInParts(log, events);
        }
        int behind = 0;
        int windowBegin = events.size() - SMALL.windowEvents();
        for (long base = 0; base < windowBegin; base++) {
            Path segment = directory.resolve(SegmentFormat.fileName(base));
            if (Files.exists(segment) && !Files.exists(IdFile.pathFor(directory, base))) {
                Files.write(segment, new byte[] {1});
                behind++;
            }
        }
        assertTrue(behind > 0, "the ids of no segment were behind the window");
        try (EventLog log = SegmentEventLog.open(directory, SMALL)) {
            assertEquals(new Receipt(899, true), log.append(events.getLast()).get());
        }
    }

    @Test
    void open_twice_isRefusedAndNamesTheHolder() throws Exception {
        try (EventLog log = SegmentEventLog.open(directory, SMALL)) {
            MillraceException refusal =
                    assertThrows(MillraceException.class, () -> SegmentEventLog.open(directory, SMALL));
            assertEquals(ErrorCode.CONFLICT, refusal.code());
            assertTrue(String.valueOf(refusal.getMessage())
                    .contains(String.valueOf(ProcessHandle.current().pid())));
            log.append(new EventGenerator(new Random(1)).next()).get();
        }
        SegmentEventLog.open(directory, SMALL).close();
    }

    @Test
    void append_tooLargeEvent_isRefusedAndTheOthersGoOn() throws Exception {
        EventGenerator generator = new EventGenerator(new Random(1));
        EventLogConfig config =
                new EventLogConfig(4096, Duration.ZERO, 300, 64, 1 << 20, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);
        try (EventLog log = SegmentEventLog.open(directory, config)) {
            Event.Action large = generator.action(new EventId("x".repeat(200)));
            ExecutionException failure = assertThrows(
                    ExecutionException.class, () -> log.append(large).get());
            assertEquals(
                    ErrorCode.TOO_LARGE,
                    assertInstanceOf(MillraceException.class, failure.getCause())
                            .code());
            assertEquals(0, log.end());
        }
    }

    @Test
    void openReadOnly_whileTheLogIsWritten_followsIt() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("openReadOnly"));
        List<Event> expected = new ArrayList<>();
        try (EventLog log = SegmentEventLog.open(directory, SMALL);
                ReadableEventLog other = SegmentEventLog.openReadOnly(directory);
                LogReader reader = other.read(0)) {
            List<Event> read = new ArrayList<>();
            for (int round = 0; round < 50; round++) {
                List<Event> more = events(generator, 20);
                log.appendAll(more).get();
                expected.addAll(more);
                assertTrue(reader.await(Duration.ofSeconds(30)));
                while (reader.poll((offset, event) -> read.add(event), 7) > 0) {
                    assertEquals(read.size(), reader.offset());
                }
                assertEquals(expected, read);
                assertEquals(log.end(), other.end());
            }
            assertFalse(reader.await(Duration.ofMillis(30)));
        }
        assertEquals(expected, readAll(SegmentEventLog.openReadOnly(directory), 0));
    }

    @Test
    void openReadOnly_noDirectory_saysSo() {
        MillraceException refusal =
                assertThrows(MillraceException.class, () -> SegmentEventLog.openReadOnly(directory.resolve("none")));
        assertEquals(ErrorCode.NOT_FOUND, refusal.code());
    }

    @Test
    void retention_byBytes_deletesTheOldestAndStillKnowsTheirIds() throws Exception {
        EventLogConfig config =
                new EventLogConfig(4096, Duration.ZERO, 100_000, 65_536, 1 << 20, 20_000, EventLogConfig.KEEP_FOREVER);
        List<Event> events = events(new EventGenerator(Seed.random("retention_byBytes")), 1000);
        try (SegmentEventLog log = SegmentEventLog.open(directory, config)) {
            appendInParts(log, events);
            assertEquals(0, log.begin(), "what nobody has saved stays");
            log.protectFrom(Long.MAX_VALUE);
            appendInParts(log, events(new EventGenerator(new Random(2)), 0));
        }
        try (SegmentEventLog log = SegmentEventLog.open(directory, config)) {
            List<Event> more = new ArrayList<>();
            EventGenerator generator = new EventGenerator(new Random(3));
            for (int i = 0; i < 100; i++) {
                more.add(generator.action(new EventId("more-" + i)));
            }
            log.protectFrom(Long.MAX_VALUE);
            appendInParts(log, more);
            assertTrue(log.begin() > 500, "begins at " + log.begin());
            assertEquals(1100, log.end());
            assertThrows(MillraceException.class, () -> log.read(log.begin() - 1));
            List<Event> all = new ArrayList<>(events);
            all.addAll(more);
            assertEquals(all.subList((int) log.begin(), 1100), readAll(log, log.begin()));
        }
        try (SegmentEventLog log = SegmentEventLog.open(directory, config)) {
            assertEquals(new Receipt(0, true), log.append(events.getFirst()).get());
            assertEquals(new Receipt(999, true), log.append(events.getLast()).get());
        }
    }

    @Test
    void retention_byAge_deletesOnlyWhatIsOld() throws Exception {
        ManualClock clock = new ManualClock();
        EventLogConfig config =
                new EventLogConfig(4096, Duration.ZERO, 10, 65_536, 1 << 20, Long.MAX_VALUE, Duration.ofDays(7));
        EventGenerator generator = new EventGenerator(Seed.random("retention_byAge"));
        try (SegmentEventLog log = SegmentEventLog.open(directory, config, clock, LogFile::new)) {
            log.protectFrom(Long.MAX_VALUE);
            appendInParts(log, events(generator, 200));
            clock.advance(Duration.ofDays(6));
            appendInParts(log, events(generator, 200));
            assertEquals(0, log.begin());
            clock.advance(Duration.ofDays(2));
            appendInParts(log, events(generator, 200));
            assertTrue(log.begin() > 100 && log.begin() <= 200, "begins at " + log.begin());
        }
    }

    /** Retention is looked at when a segment ends, so the parts are small. */
    static void appendInParts(EventLog log, List<Event> events) throws Exception {
        for (int from = 0; from < events.size(); from += 10) {
            log.appendAll(events.subList(from, Math.min(from + 10, events.size())))
                    .get();
        }
    }

    @Test
    void appends_waitingBeyondTheLimit_areTurnedAway() throws Exception {
        FaultyDisk disk = new FaultyDisk();
        EventLogConfig config = new EventLogConfig(
                4096, Duration.ZERO, 300, 65_536, 65_536, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);
        EventGenerator generator = new EventGenerator(Seed.random("appends_waiting"));
        try (SegmentEventLog log = SegmentEventLog.open(directory, config, new ManualClock(), disk)) {
            disk.holdForce();
            List<CompletableFuture<Receipt>> open = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                open.add(log.append(generator.next()));
            }
            disk.releaseForce();
            int refused = 0;
            for (var append : open) {
                try {
                    append.get();
                } catch (ExecutionException e) {
                    assertEquals(
                            ErrorCode.OVERLOADED,
                            assertInstanceOf(MillraceException.class, e.getCause())
                                    .code());
                    refused++;
                }
            }
            assertTrue(refused > 0 && refused < 5_000, refused + " refused");
            assertEquals(5_000 - refused, log.end());
        }
    }

    @Test
    void golden_segmentOfTheFirstFormat_isReadAndGoesOn() throws Exception {
        byte[] segment = HexFormat.of()
                .parseHex(EventCodecTest.resource("/segment-v1.hex").strip());
        Files.write(directory.resolve(SegmentFormat.fileName(0)), segment);
        try (EventLog log = SegmentEventLog.open(directory, SMALL)) {
            // Slates that say what a ranker foretold came later.
            int last = EventCodecTest.GOLDEN.size() - 1;
            assertEquals(EventCodecTest.GOLDEN.subList(0, last), readAll(log, 0));
            assertEquals(
                    new Receipt(2, true),
                    log.append(EventCodecTest.GOLDEN.get(2)).get());
            assertEquals(
                    new Receipt(last, false),
                    log.append(EventCodecTest.GOLDEN.get(last)).get());
            assertEquals(EventCodecTest.GOLDEN, readAll(log, 0));
        }
    }

    private long segmentCount() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(SegmentFormat.SUFFIX))
                    .count();
        }
    }
}
