package dev.millrace.eventlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.MillraceException;
import dev.millrace.testkit.EventGenerator;
import dev.millrace.testkit.ManualClock;
import dev.millrace.testkit.Seed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What damage takes is named and kept aside; all else stays, each event under its offset. */
class LogRepairTest {
    private static final EventLogConfig PROMPT = new EventLogConfig(
            1 << 20, Duration.ZERO, 1000, 65_536, 1 << 20, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);

    @TempDir
    Path directory;

    private int logs;

    /** A log of one segment that was closed in order, so that a mark stands behind its last event. */
    private byte[] segment(List<Event> events, Random random) throws Exception {
        Path original = directory.resolve("original");
        try (EventLog log = openFast(original)) {
            for (int from = 0; from < events.size(); ) {
                int to = Math.min(events.size(), from + 1 + random.nextInt(4));
                log.appendAll(events.subList(from, to)).get();
                from = to;
            }
        }
        return Files.readAllBytes(original.resolve(SegmentFormat.fileName(0)));
    }

    private static List<Event> actions(Random random, int count) {
        EventGenerator generator = new EventGenerator(random);
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(generator.action(new EventId("e" + i)));
        }
        return events;
    }

    private static EventLog openFast(Path log) {
        return SegmentEventLog.open(log, PROMPT, new ManualClock(), FaultyDisk.withoutForce());
    }

    private Path logOf(byte[] segment) throws IOException {
        Path copy = Files.createDirectory(directory.resolve("log-" + logs++));
        Files.write(copy.resolve(SegmentFormat.fileName(0)), segment);
        return copy;
    }

    private static Map<Long, Event> byOffset(ReadableEventLog log, long from) {
        Map<Long, Event> events = new TreeMap<>();
        try (LogReader reader = log.read(from)) {
            while (reader.poll(events::put, 100) > 0) {
                // Read on.
            }
            assertEquals(log.end(), reader.offset());
        }
        return events;
    }

    @Test
    void skipDamage_anyBitFlipped_losesAtMostOneEventAndKeepsTheOthersInPlace() throws Exception {
        Random random = Seed.random("skipDamage_anyBitFlipped");
        List<Event> events = actions(random, 8);
        byte[] whole = segment(events, random);
        for (int at = 0; at < whole.length - SegmentFormat.MARK_BYTES; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Path log = logOf(bytes);
            assertThrows(MillraceException.class, () -> openFast(log), "byte " + at);
            LogReport found = LogRepair.examine(log, 0);
            assertEquals(1, found.damages().size(), "byte " + at + ": " + found);
            LogDamage damage = found.damages().getFirst();
            assertTrue(
                    damage.position() <= at && at < damage.position() + damage.bytes(), "byte " + at + ": " + damage);
            assertTrue(damage.events() <= 1, "byte " + at + ": " + damage);
            assertEquals(events.size() - damage.events(), found.events());
            assertArrayEquals(bytes, Files.readAllBytes(damage.file()), "examining changes nothing");
            assertEquals(found, LogRepair.skipDamage(log, 0, new ManualClock()));
            assertArrayEquals(bytes, Files.readAllBytes(aside(log)), "what was there is kept");
            requireMended(log, events, damage);
        }
    }

    @Test
    void logThatEndsBeforeWhatOthersHold_isRefusedUnchangedAndGoesOnBehindAGap() throws Exception {
        Random random = Seed.random("logThatEndsBeforeWhatOthersHold");
        List<Event> events = actions(random, 8);
        byte[] whole = segment(events, random);
        long knownEnd = events.size();
        for (int length = 0; length < whole.length - SegmentFormat.MARK_BYTES; length++) {
            byte[] bytes = Arrays.copyOf(whole, length);
            Path log = logOf(bytes);
            MillraceException refused = assertThrows(MillraceException.class, () -> openKnowing(log, knownEnd));
            assertTrue(refused.getMessage().contains("offset 8"), refused::getMessage);
            assertArrayEquals(bytes, Files.readAllBytes(log.resolve(SegmentFormat.fileName(0))), "cut to " + length);
            LogReport found = LogRepair.examine(log, knownEnd);
            assertFalse(found.isWhole(), "cut to " + length);
            assertEquals(knownEnd, found.events() + found.lost());
            assertEquals(0, found.tornBytes());
            LogRepair.skipDamage(log, knownEnd, new ManualClock());
            assertTrue(LogRepair.examine(log, knownEnd).isWhole(), "cut to " + length);
            try (EventLog mended = openKnowing(log, knownEnd)) {
                assertEquals(knownEnd, mended.end());
                assertEquals(found.events(), byOffset(mended, 0).size());
                assertEquals(knownEnd, mended.append(events.getLast()).get().offset(), "a lost event can come again");
            }
        }
        openKnowing(logOf(whole), knownEnd).close();
    }

    @Test
    void skipDamage_ofASegmentThatWasCutWithinItsHeader_leavesAGap() throws Exception {
        Random random = Seed.random("skipDamage_cutWithinItsHeader");
        List<Event> events = actions(random, 8);
        byte[] whole = segment(events, random);
        long knownEnd = events.size();
        for (int length = 0; length <= SegmentFormat.HEADER_BYTES; length++) {
            Path log = logOf(Arrays.copyOf(whole, length));
            assertEquals(
                    knownEnd,
                    LogRepair.skipDamage(log, knownEnd, new ManualClock()).lost());
            assertTrue(LogRepair.examine(log, knownEnd).isWhole(), "cut to " + length);
            try (EventLog mended = openKnowing(log, knownEnd)) {
                assertEquals(knownEnd, mended.end());
            }
        }
    }

    private static EventLog openKnowing(Path log, long knownEnd) {
        return SegmentEventLog.open(
                log, PROMPT, new SegmentEventLog.Outside(new ManualClock(), FaultyDisk.withoutForce(), null, knownEnd));
    }

    private static void requireMended(Path directory, List<Event> events, LogDamage damage) throws Exception {
        assertTrue(LogRepair.examine(directory, 0).isWhole());
        try (EventLog log = openFast(directory)) {
            assertEquals(events.size(), log.end());
            Map<Long, Event> kept = byOffset(log, 0);
            assertEquals(events.size() - damage.events(), kept.size());
            kept.forEach((offset, event) -> assertEquals(events.get(Math.toIntExact(offset)), event));
            assertEquals(
                    events.size() - damage.toOffset(),
                    byOffset(log, damage.fromOffset()).size());
            List<Receipt> again = log.appendAll(events).get();
            for (int i = 0; i < events.size(); i++) {
                boolean lost = damage.fromOffset() <= i && i < damage.toOffset();
                assertEquals(!lost, again.get(i).duplicate(), "event " + i);
            }
        }
        try (ReadableEventLog log = SegmentEventLog.openReadOnly(directory)) {
            assertEquals(events.size(), byOffset(log, 0).size());
        }
    }

    private static Path aside(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(LogRepair.ASIDE))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void skipDamage_severalPlacesAndAnEarlierGap_keepsEveryEventOutsideOfThem() throws Exception {
        Random random = Seed.random("skipDamage_severalPlaces");
        List<Event> events = actions(random, 400);
        byte[] whole = segment(events, random);
        for (int round = 0; round < 100; round++) {
            Path log = logOf(whole);
            long lost = 0;
            for (int time = 1; time <= 2; time++) {
                scratch(log.resolve(SegmentFormat.fileName(0)), random);
                LogReport report = LogRepair.skipDamage(log, 0, new ManualClock(Instant.ofEpochMilli(time)));
                assertEquals(events.size(), report.events() + report.lost() + report.skipped());
                lost = report.lost() + report.skipped();
            }
            try (EventLog opened = openFast(log)) {
                Map<Long, Event> kept = byOffset(opened, 0);
                assertEquals(events.size() - lost, kept.size());
                kept.forEach((offset, event) -> assertEquals(events.get(Math.toIntExact(offset)), event));
            }
        }
    }

    /** Up to three places of up to 300 bytes each, before the last mark. */
    private static void scratch(Path file, Random random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int place = 0; place <= random.nextInt(3); place++) {
            int length = 1 + random.nextInt(300);
            int at = random.nextInt(bytes.length - SegmentFormat.MARK_BYTES - length);
            Arrays.fill(bytes, at, at + length, (byte) random.nextInt(256));
        }
        // A new file: the old one has a second name.
        Files.delete(file);
        Files.write(file, bytes);
    }

    @Test
    void skipDamage_segmentsCutOffOrMissing_goesOnWithTheNext() throws Exception {
        List<Event> events = EventLogContract.events(new EventGenerator(Seed.random("skipDamage_segments")), 600);
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            SegmentEventLogTest.appendInParts(log, events);
        }
        Segments segments = new Segments(directory);
        segments.list();
        Map.Entry<Long, Path> second = after(segments, segments.containing(0));
        Map.Entry<Long, Path> third = after(segments, second);
        Map.Entry<Long, Path> fourth = after(segments, third);
        byte[] bytes = Files.readAllBytes(second.getValue());
        Files.write(second.getValue(), Arrays.copyOf(bytes, bytes.length / 2));
        Files.delete(third.getValue());
        LogReport report = LogRepair.skipDamage(directory, 0, new ManualClock());
        assertFalse(report.isWhole());
        assertTrue(report.lost() >= fourth.getKey() - third.getKey(), report.toString());
        assertTrue(report.lost() < fourth.getKey() - second.getKey(), report.toString());
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            Map<Long, Event> kept = byOffset(log, 0);
            assertEquals(events.size() - report.lost(), kept.size());
            kept.forEach((offset, event) -> assertEquals(events.get(Math.toIntExact(offset)), event));
        }
    }

    @Test
    @Timeout(60)
    void skipDamage_emptySegment_goesOnWithTheNext() throws Exception {
        requireSkipped(0);
    }

    @Test
    @Timeout(60)
    void skipDamage_segmentShorterThanItsHeader_goesOnWithTheNext() throws Exception {
        requireSkipped(10);
    }

    /** @param length the bytes that are left of the second segment */
    private void requireSkipped(int length) throws Exception {
        List<Event> events = EventLogContract.events(new EventGenerator(Seed.random("skipDamage_short")), 600);
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            SegmentEventLogTest.appendInParts(log, events);
        }
        Segments segments = new Segments(directory);
        segments.list();
        Map.Entry<Long, Path> second = after(segments, segments.containing(0));
        Map.Entry<Long, Path> third = after(segments, second);
        Files.write(second.getValue(), Arrays.copyOf(Files.readAllBytes(second.getValue()), length));
        LogReport report = LogRepair.skipDamage(directory, 0, new ManualClock());
        assertEquals(third.getKey() - second.getKey(), report.lost(), report.toString());
        assertTrue(LogRepair.examine(directory, 0).isWhole());
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            Map<Long, Event> kept = byOffset(log, 0);
            assertEquals(events.size() - report.lost(), kept.size());
            kept.forEach((offset, event) -> assertEquals(events.get(Math.toIntExact(offset)), event));
        }
    }

    private static Map.Entry<Long, Path> after(Segments segments, Map.@Nullable Entry<Long, Path> segment) {
        return Objects.requireNonNull(
                segments.after(Objects.requireNonNull(segment).getKey()));
    }

    @Test
    void examine_tornTail_isNoDamage() throws Exception {
        Random random = Seed.random("examine_tornTail");
        byte[] whole = segment(actions(random, 20), random);
        LogReport report =
                LogRepair.examine(logOf(Arrays.copyOf(whole, whole.length - SegmentFormat.MARK_BYTES - 3)), 0);
        assertTrue(report.isWhole(), report.toString());
        assertTrue(report.tornBytes() > 0, report.toString());
    }

    @Test
    void skipDamage_whileTheLogIsWritten_isRefused() {
        try (EventLog log = openFast(directory)) {
            MillraceException refusal =
                    assertThrows(MillraceException.class, () -> LogRepair.skipDamage(directory, 0, new ManualClock()));
            assertEquals(ErrorCode.CONFLICT, refusal.code());
            assertEquals(0, log.end());
        }
    }

    @Test
    void examine_noLog_isNotFound() {
        MillraceException refusal =
                assertThrows(MillraceException.class, () -> LogRepair.examine(directory.resolve("none"), 0));
        assertEquals(ErrorCode.NOT_FOUND, refusal.code());
    }
}
