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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

class SegmentEventLogDamageTest {
    private static final EventLogConfig ONE_SEGMENT = new EventLogConfig(
            1 << 20, Duration.ZERO, 300, 65_536, 1 << 20, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);

    @TempDir
    Path directory;

    private int copies;

    /** Groups of one to three events; the sizes of the file after each group. */
    private record Written(List<Event> events, Path file, List<Long> groupEnds, List<Integer> groupCounts) {
        /** How many events were on disk when the file had this size. */
        int durableAt(long size) {
            int count = 0;
            for (int i = 0; i < groupEnds.size() && groupEnds.get(i) <= size; i++) {
                count = groupCounts.get(i);
            }
            return count;
        }
    }

    /** The log as a crash leaves it: without the last mark of an orderly end. */
    private Written write(Random random, int groups) throws Exception {
        EventGenerator generator = new EventGenerator(random);
        Path original = directory.resolve("original");
        List<Event> events = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        Path file = original.resolve(SegmentFormat.fileName(0));
        Path crashed = directory.resolve("crashed.seg");
        try (EventLog log = SegmentEventLog.open(original, ONE_SEGMENT)) {
            for (int group = 0; group < groups; group++) {
                List<Event> more = smallEvents(generator, events.size(), 1 + random.nextInt(3));
                log.appendAll(more).get();
                events.addAll(more);
                ends.add(Files.size(file));
                counts.add(events.size());
            }
            Files.copy(file, crashed);
        }
        return new Written(events, crashed, ends, counts);
    }

    /** Some tests open the log once per byte, so there must not be many bytes. */
    private static List<Event> smallEvents(EventGenerator generator, int from, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(generator.action(new EventId("e" + (from + i))));
        }
        return events;
    }

    private static EventLog openFast(Path log) {
        return SegmentEventLog.open(log, ONE_SEGMENT, new ManualClock(), FaultyDisk.withoutForce());
    }

    private Path logOf(byte[] segment) throws IOException {
        Path copy = Files.createDirectory(directory.resolve("copy-" + copies++));
        Files.write(copy.resolve(SegmentFormat.fileName(0)), segment);
        return copy;
    }

    @Test
    void open_truncatedAtEveryByte_keepsAllThatWasAcknowledgedAndGoesOn() throws Exception {
        Random random = Seed.random("open_truncatedAtEveryByte");
        Written written = write(random, 6);
        byte[] whole = Files.readAllBytes(written.file());
        Event more = new EventGenerator(random).action(new EventId("more"));
        for (int size = 0; size <= whole.length; size++) {
            Path copy = logOf(Arrays.copyOf(whole, size));
            try (EventLog log = openFast(copy)) {
                List<Event> kept = EventLogContract.readAll(log, 0);
                assertTrue(kept.size() >= written.durableAt(size), "cut to " + size);
                assertEquals(written.events().subList(0, kept.size()), kept);
                assertEquals(new Receipt(kept.size(), false), log.append(more).get());
            }
            try (EventLog log = openFast(copy)) {
                assertEquals(more, EventLogContract.readAll(log, log.end() - 1).getFirst());
                assertTrue(log.append(more).get().duplicate());
            }
        }
    }

    @Test
    void open_anyByteChanged_isReportedOrTouchesOnlyTheLastGroup() throws Exception {
        Random random = Seed.random("open_anyByteChanged");
        Written written = write(random, 6);
        byte[] whole = Files.readAllBytes(written.file());
        int beforeLast = written.groupCounts().get(written.groupCounts().size() - 2);
        long lastGroup = written.groupEnds().get(written.groupEnds().size() - 2);
        int reported = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Path copy = logOf(bytes);
            try (EventLog log = openFast(copy)) {
                List<Event> kept = EventLogContract.readAll(log, 0);
                assertEquals(written.events().subList(0, kept.size()), kept, "byte " + at);
                assertTrue(at >= lastGroup && kept.size() >= beforeLast, "byte " + at + " went unnoticed");
            } catch (MillraceException e) {
                assertEquals(ErrorCode.STORAGE_FAILED, e.code());
                assertTrue(String.valueOf(e.getMessage()).contains(SegmentFormat.fileName(0)), e.getMessage());
                reported++;
            }
        }
        assertEquals(lastGroup, reported, "every byte of an earlier group");
    }

    @Test
    void open_garbageBehindTheEnd_cutsItOffAndKeepsACopy() throws Exception {
        Random random = Seed.random("open_garbage");
        Written written = write(random, 5);
        byte[] whole = Files.readAllBytes(written.file());
        for (int round = 0; round < 100; round++) {
            byte[] garbage = new byte[1 + random.nextInt(300)];
            if (round % 4 > 0) {
                random.nextBytes(garbage);
            }
            byte[] bytes = Arrays.copyOf(whole, whole.length + garbage.length);
            System.arraycopy(garbage, 0, bytes, whole.length, garbage.length);
            Path copy = logOf(bytes);
            try (EventLog log = openFast(copy)) {
                assertEquals(written.events(), EventLogContract.readAll(log, 0));
            }
            try (Stream<Path> files = Files.list(copy)) {
                Path torn = files.filter(f -> f.toString().endsWith(".torn"))
                        .findFirst()
                        .orElseThrow();
                assertEquals(garbage.length, Files.size(torn));
            }
        }
    }

    @Test
    void read_olderSegmentDamagedOrMissing_namesItAndWhereEventsGoOn() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("read_olderSegment"));
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            SegmentEventLogTest.appendInParts(log, EventLogContract.events(generator, 400));
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(f -> f.toString().endsWith(SegmentFormat.SUFFIX))
                    .sorted()
                    .toList();
        }
        Path second = files.get(1);
        byte[] whole = Files.readAllBytes(second);
        byte[] changed = whole.clone();
        changed[whole.length / 2] ^= 4;
        for (byte[] bytes : List.of(changed, Arrays.copyOf(whole, whole.length / 2))) {
            Files.write(second, bytes);
            try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
                requireReported(log, second);
            }
            try (ReadableEventLog log = SegmentEventLog.openReadOnly(directory)) {
                requireReported(log, second);
            }
        }
        Files.delete(second);
        try (ReadableEventLog log = SegmentEventLog.openReadOnly(directory)) {
            requireReported(log, files.getFirst());
        }
    }

    private static void requireReported(ReadableEventLog log, Path file) {
        MillraceException failure = assertThrows(MillraceException.class, () -> EventLogContract.readAll(log, 0));
        assertEquals(ErrorCode.STORAGE_FAILED, failure.code());
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.contains(String.valueOf(file.getFileName())) && message.contains("go on at"), message);
    }

    @Test
    void append_diskFullAtAnyByte_storesNothingHalfAndGoesOnWhenThereIsRoom() throws Exception {
        Random random = Seed.random("append_diskFull");
        EventGenerator generator = new EventGenerator(random);
        FaultyDisk disk = new FaultyDisk();
        List<Event> expected = new ArrayList<>();
        int failures = 0;
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL, new ManualClock(), disk)) {
            for (int round = 0; round < 400; round++) {
                List<Event> more = EventLogContract.events(generator, 1 + random.nextInt(5));
                disk.setRoom(random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(1500));
                try {
                    log.appendAll(more).get();
                    expected.addAll(more);
                } catch (ExecutionException e) {
                    requireStorageFailed(e);
                    failures++;
                    assertEquals(expected.size(), log.end());
                    disk.setRoom(Long.MAX_VALUE);
                    // The same events again: none may count as known.
                    assertEquals(
                            new Receipt(expected.size(), false),
                            log.appendAll(more).get().getFirst());
                    expected.addAll(more);
                }
                disk.setRoom(Long.MAX_VALUE);
            }
            assertEquals(expected, EventLogContract.readAll(log, 0));
        }
        assertTrue(failures > 20, failures + " failures");
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            assertEquals(expected, EventLogContract.readAll(log, 0));
        }
    }

    @Test
    void append_afterTheDiskDidNotConfirm_isRefusedUntilReopened() throws Exception {
        requireStops(disk -> disk.failForce(true));
    }

    @Test
    void append_afterAWriteThatCannotBeTakenBack_isRefusedUntilReopened() throws Exception {
        requireStops(disk -> {
            disk.setRoom(10);
            disk.failTruncate(true);
        });
    }

    private interface Fault {
        void inject(FaultyDisk disk);
    }

    private void requireStops(Fault fault) throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("append_afterFault"));
        FaultyDisk disk = new FaultyDisk();
        Event first = generator.next();
        Event second = generator.next();
        Event third = generator.next();
        try (EventLog log = SegmentEventLog.open(directory, ONE_SEGMENT, new ManualClock(), disk)) {
            log.append(first).get();
            fault.inject(disk);
            requireStorageFailed(assertThrows(
                    ExecutionException.class, () -> log.append(second).get()));
            disk.failForce(false);
            disk.failTruncate(false);
            disk.setRoom(Long.MAX_VALUE);
            requireStorageFailed(assertThrows(
                    ExecutionException.class, () -> log.append(third).get()));
            requireStorageFailed(assertThrows(
                    ExecutionException.class, () -> log.append(first).get()));
            assertEquals(List.of(first), EventLogContract.readAll(log, 0), "readers see only what is confirmed");
        }
        try (EventLog log = SegmentEventLog.open(directory, ONE_SEGMENT)) {
            assertFalse(log.append(third).get().duplicate());
            assertTrue(log.append(first).get().duplicate());
        }
    }

    private static void requireStorageFailed(ExecutionException failure) {
        MillraceException cause = assertInstanceOf(MillraceException.class, failure.getCause());
        assertEquals(ErrorCode.STORAGE_FAILED, cause.code());
    }
}
