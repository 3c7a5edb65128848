package dev.millrace.systemtests;

import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.Receipt;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Configuration;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The program that {@link EventLogCrashTest} starts and kills: appends from several threads, some events a second time,
 * and prints {@code + id offset} for what was acknowledged, {@code ! code} for what failed.
 */
final class AppendingProcess {
    private AppendingProcess() {}

    /** @param arguments the log's directory, a prefix of the ids, the number of threads, the events of each */
    public static void main(String[] arguments) throws InterruptedException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        EventLogConfig config = EventLogConfig.from(Configuration.of(Map.of("log.segment-bytes", "64k")));
        try (EventLog log = SegmentEventLog.open(Path.of(arguments[0]), config)) {
            print(out, "ready " + log.end());
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < Integer.parseInt(arguments[2]); t++) {
                String prefix = arguments[1] + "-" + t + "-";
                int count = Integer.parseInt(arguments[3]);
                threads.add(Thread.ofPlatform().start(() -> append(log, prefix, count, out)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static void append(EventLog log, String prefix, int count, PrintStream out) {
        for (int i = 0; i < count; i++) {
            List<Event> events = new ArrayList<>();
            for (int j = 0; j <= i % 4; j++) {
                events.add(event(prefix + i + "-" + j));
            }
            if (i > 0 && i % 5 == 0) {
                events.add(event(prefix + (i - 1) + "-0"));
            }
            try {
                acknowledge(events, log.appendAll(events).get(), out);
            } catch (ExecutionException e) {
                print(out, "! " + e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void acknowledge(List<Event> events, List<Receipt> receipts, PrintStream out) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < events.size(); i++) {
            lines.append(i == 0 ? "" : "\n")
                    .append("+ ")
                    .append(events.get(i).id())
                    .append(' ')
                    .append(receipts.get(i).offset());
        }
        print(out, lines.toString());
    }

    /** Whole lines, flushed: what was printed before the end can be read after it. */
    private static void print(PrintStream out, String lines) {
        synchronized (out) {
            out.print(lines + "\n");
            out.flush();
        }
    }

    private static Event event(String id) {
        return new Event.Action(
                new EventId(id), Instant.EPOCH, new UserId("u"), new ItemId("i"), ActionType.CLICK, 1, null);
    }
}
