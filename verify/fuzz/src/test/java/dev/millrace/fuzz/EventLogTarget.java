package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.CRC32C;

/** A segment of an event log is changed; the log is read as another process reads it, then opened for writing. */
public final class EventLogTarget {
    private static final int HEADER = 32;
    private static final int FLAGS = 0xC000_0000;
    private static final int EVENTS = 20;
    private static final int MOST_POLLS = 10_000;
    private static final FileSet FILES = FileSet.of(EventLogTarget::make);

    private EventLogTarget() {}

    private static void make(Path directory) throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory, EventLogConfig.defaults())) {
            for (int i = 0; i < EVENTS; i++) {
                Instant time = Instant.ofEpochSecond(1_780_000_000L + i);
                Event event = i % 2 == 0
                        ? new Event.UserDeleted(new EventId("e" + i), time, new UserId("user" + i))
                        : new Event.ItemDeleted(new EventId("e" + i), time, new ItemId("item" + i));
                log.append(event).join();
            }
        }
    }

    public static void fuzzerTestOneInput(FuzzedDataProvider data) throws IOException {
        boolean fit = data.consumeBoolean();
        Path directory = FILES.write(data, (name, whole, bytes) -> {
            if (fit && name.endsWith(".seg")) {
                fit(whole, bytes);
            }
        });
        try (ReadableEventLog log = SegmentEventLog.openReadOnly(directory)) {
            readToTheEnd(log, fit);
        } catch (MillraceException e) {
            // Declared.
        }
        try (SegmentEventLog log = SegmentEventLog.open(directory, EventLogConfig.defaults())) {
            readToTheEnd(log, fit);
        } catch (MillraceException e) {
            // Declared.
        }
    }

    private static void readToTheEnd(ReadableEventLog log, boolean fit) {
        try (LogReader reader = log.read(log.begin())) {
            for (int polls = 0; ; polls++) {
                int read = reader.poll(
                        (offset, event) -> {
                            if (!fit && !event.id().value().equals("e" + offset)) {
                                throw new AssertionError("offset " + offset + " has " + event);
                            }
                        },
                        8);
                if (read == 0) {
                    return;
                }
                if (polls > MOST_POLLS) {
                    throw new AssertionError("the log does not end");
                }
            }
        }
    }

    /** The header's checksum and those of the frames, where they began before the change. */
    private static void fit(byte[] whole, byte[] bytes) {
        ByteBuffer changed = Change.littleEndian(bytes);
        ByteBuffer was = Change.littleEndian(whole);
        if (bytes.length >= HEADER) {
            changed.putInt(12, Change.checksum(bytes, 0, 12, 16, HEADER));
        }
        long offset = was.getLong(16);
        int at = HEADER;
        while (at + 8 <= whole.length) {
            int word = was.getInt(at);
            if (at + 8 <= bytes.length) {
                fitFrame(changed, bytes, at, offset);
            }
            offset += (word & FLAGS) == 0 ? 1 : 0;
            at += 8 + (word & ~FLAGS);
        }
    }

    private static void fitFrame(ByteBuffer changed, byte[] bytes, int at, long offset) {
        int word = changed.getInt(at);
        CRC32C crc = new CRC32C();
        crc.update(Change.littleEndian(new byte[12])
                .putLong(0, offset)
                .putInt(8, word)
                .array());
        crc.update(bytes, at + 8, Math.min(word & ~FLAGS, bytes.length - at - 8));
        changed.putInt(at + 4, (int) crc.getValue());
    }
}
