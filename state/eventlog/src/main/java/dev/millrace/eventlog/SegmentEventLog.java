package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.DirectoryLock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The event log in files of one directory, written by one process. Thread-safe.
 *
 * <p>The appending thread encodes, the log's writing thread gives offsets and writes groups, a third thread acknowledges.
 * {@code docs/formats/event-log.md} describes the files and what they promise.
 */
public final class SegmentEventLog implements EventLog {
    private final EventLogConfig config;
    private final DirectoryLock lock;
    private final Segments segments;
    private final Retention retention;
    private final CommitQueue queue;
    private final DurableEnd durableEnd = new DurableEnd();
    private final ExecutorService acknowledgements = thread("millrace-log-ack");
    private final ExecutorService housekeeping = thread("millrace-log-housekeeping");
    private final Thread writer;

    private SegmentEventLog(
            EventLogConfig config,
            DirectoryLock lock,
            Segments segments,
            RecoveredLog recovered,
            Clock clock,
            LogFile.Opener opener) {
        this.config = config;
        this.lock = lock;
        this.segments = segments;
        this.retention = new Retention(config, segments, clock);
        this.queue = new CommitQueue(config.commitDelay(), config.maxPendingBytes());
        durableEnd.advance(recovered.end());
        LogWriter logWriter = new LogWriter(
                config,
                queue,
                durableEnd,
                segments,
                retention,
                recovered,
                new LogWriter.Surroundings(clock, opener, acknowledgements, housekeeping));
        this.writer = Thread.ofPlatform().name("millrace-log-writer").daemon().unstarted(logWriter::run);
    }

    /**
     * Opens the log for writing, repairing a torn tail.
     *
     * @throws MillraceException CONFLICT when another process has it open, STORAGE_FAILED when it is damaged; the message
     *     names file and position
     */
    public static SegmentEventLog open(Path directory, EventLogConfig config) {
        return open(directory, config, Clock.system(), LogFile::new);
    }

    static SegmentEventLog open(Path directory, EventLogConfig config, Clock clock, LogFile.Opener opener) {
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.acquire(directory, "the event log");
            try {
                Segments segments = new Segments(directory);
                RecoveredLog recovered = new Recovery(segments, config, clock, opener).run();
                SegmentEventLog opened = new SegmentEventLog(config, lock, segments, recovered, clock, opener);
                opened.writer.start();
                return opened;
            } catch (IOException | RuntimeException | Error e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw LogFailures.io("opening the event log", directory, e);
        }
    }

    /**
     * Opens a log that another process may be writing; changes nothing on disk. It sees events as soon as they are written
     * to the file, which may be shortly before they are durable.
     */
    public static ReadableEventLog openReadOnly(Path directory) {
        return new ReadOnlySegmentLog(directory);
    }

    @Override
    public CompletableFuture<Receipt> append(Event event) {
        return appendAll(List.of(event)).thenApply(List::getFirst);
    }

    @Override
    public CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events) {
        CompletableFuture<List<Receipt>> done = new CompletableFuture<>();
        EventOutput out = new EventOutput(128 * Math.max(1, Math.min(events.size(), 1024)));
        int[] ends = new int[events.size()];
        for (int i = 0; i < ends.length; i++) {
            int start = out.size();
            EventCodec.encode(events.get(i), out);
            ends[i] = out.size();
            if (ends[i] - start > config.maxEventBytes()) {
                done.completeExceptionally(tooLarge(events.get(i), ends[i] - start));
                return done;
            }
        }
        queue.offer(new PendingAppend(out.bytes(), ends, done, System.nanoTime()));
        return done;
    }

    @Override
    public LogReader read(long fromOffset) {
        Offsets.requireWithin(fromOffset, begin(), end());
        return new SegmentReader(segments, durableEnd, fromOffset);
    }

    @Override
    public void protectFrom(long offset) {
        retention.protectFrom(offset);
    }

    @Override
    public long begin() {
        Map.Entry<Long, Path> first = segments.first();
        return first == null ? 0 : first.getKey();
    }

    @Override
    public long end() {
        return durableEnd.end();
    }

    @Override
    public void close() {
        queue.refuse(LogFailures.closed());
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        acknowledgements.close();
        housekeeping.close();
        try {
            lock.close();
        } catch (IOException e) {
            throw LogFailures.io("closing the event log", segments.directory(), e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    private MillraceException tooLarge(Event event, int bytes) {
        return new MillraceException(
                ErrorCode.TOO_LARGE,
                "event " + event.id() + " takes " + bytes + " bytes, the limit is " + config.maxEventBytes()
                        + " (log.max-event-bytes). Send less text in its item or user");
    }
}
