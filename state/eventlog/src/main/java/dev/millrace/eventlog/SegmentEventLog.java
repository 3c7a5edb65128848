package dev.millrace.eventlog;

import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.DirectoryLock;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import org.jspecify.annotations.Nullable;

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
    private final DirectoryLock lock;
    private final Segments segments;
    private final Retention retention;
    private final CommitQueue queue;
    private final @Nullable EventCipher cipher;
    private final AppendEncoder encoder;
    private final DurableEnd durableEnd = new DurableEnd();
    private final ExecutorService acknowledgements = thread("millrace-log-ack");
    private final ExecutorService housekeeping = thread("millrace-log-housekeeping");
    private final Thread writer;

    private SegmentEventLog(
            EventLogConfig config, DirectoryLock lock, Segments segments, RecoveredLog recovered, Outside outside) {
        this.cipher = outside.cipher;
        this.encoder = new AppendEncoder(config.maxEventBytes(), cipher);
        this.lock = lock;
        this.segments = segments;
        this.retention = new Retention(config, segments, outside.clock);
        this.queue = new CommitQueue(config.commitDelay(), config.maxPendingBytes());
        durableEnd.advance(recovered.end());
        LogWriter logWriter = new LogWriter(
                config,
                queue,
                durableEnd,
                segments,
                retention,
                recovered,
                new LogWriter.Surroundings(outside.clock, outside.opener, encoder, acknowledgements, housekeeping));
        this.writer = Thread.ofPlatform().name("millrace-log-writer").daemon().unstarted(logWriter::run);
    }

    /**
     * The time, the files, the keys of users, without which events are stored in the clear, and the offset up to which others hold what
     * happened.
     */
    record Outside(
            Clock clock, LogFile.Opener opener, @Nullable EventCipher cipher, long knownEnd) {}

    /**
     * Opens the log for writing, repairing a torn tail; events of users are encrypted from now on.
     *
     * @param knownEnd what happened up to this offset others hold, who read it from this log when it was on disk
     * @throws MillraceException as {@link #open(Path, EventLogConfig)}, and STORAGE_FAILED when the log was encrypted with the keys of
     *     another table, or ends before {@code knownEnd}; then nothing is changed
     */
    public static SegmentEventLog open(Path directory, EventLogConfig config, EventCipher cipher, long knownEnd) {
        return open(directory, config, new Outside(Clock.system(), LogFile::new, cipher, knownEnd));
    }

    /**
     * Opens the log for writing, repairing a torn tail; all events are stored in the clear.
     *
     * @throws MillraceException CONFLICT when another process has it open, STORAGE_FAILED when it is damaged; the message
     *     names file and position
     */
    public static SegmentEventLog open(Path directory, EventLogConfig config) {
        return open(directory, config, Clock.system(), LogFile::new);
    }

    static SegmentEventLog open(Path directory, EventLogConfig config, Clock clock, LogFile.Opener opener) {
        return open(directory, config, new Outside(clock, opener, null, 0));
    }

    static SegmentEventLog open(Path directory, EventLogConfig config, Outside outside) {
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.acquire(directory, "the event log");
            try {
                checkKeys(directory, outside.cipher);
                Segments segments = new Segments(directory);
                RecoveredLog recovered = new Recovery(segments, config, outside).run();
                SegmentEventLog opened = new SegmentEventLog(config, lock, segments, recovered, outside);
                bind(opened, directory, outside.cipher);
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
     * An encrypted event is an error.
     */
    public static ReadableEventLog openReadOnly(Path directory) {
        return new ReadOnlySegmentLog(directory, null);
    }

    /** As {@link #openReadOnly(Path)}, and encrypted events are read with the keys of their users. */
    public static ReadableEventLog openReadOnly(Path directory, KeyConfig keys) {
        return openReadOnly(directory, keysToRead(directory, keys));
    }

    /** The same with keys that others use as well; they are closed with the log. Nothing where events are in the clear. */
    public static ReadableEventLog openReadOnly(Path directory, @Nullable KeyTable keys) {
        try {
            return new ReadOnlySegmentLog(directory, keys);
        } catch (RuntimeException e) {
            closeAfter(e, keys);
            throw e;
        }
    }

    private static void closeAfter(RuntimeException failure, @Nullable KeyTable keys) {
        try {
            if (keys != null) {
                keys.close();
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * The keys of a log that is to be read beside another process or none; nothing where its events are in the clear.
     *
     * @throws MillraceException as {@link #requireKeys}
     */
    public static @Nullable KeyTable keysToRead(Path directory, KeyConfig keys) {
        requireKeys(directory, keys);
        return keys.openReadOnly();
    }

    /**
     * The keys of a log that is to be written, made where there are none.
     *
     * @throws MillraceException as {@link #requireKeys}; then none are made
     */
    public static KeyTable openKeys(Path directory, KeyConfig keys, Clock clock) {
        requireKeys(directory, keys);
        return keys.open(clock);
    }

    /**
     * Sees to it that what encrypted a log is there: other keys could read nothing of it.
     *
     * @throws MillraceException STORAGE_FAILED where the log is encrypted and there is no key table
     */
    public static void requireKeys(Path directory, KeyConfig keys) {
        KeyBinding.requireKeys(directory, keys);
    }

    private static void checkKeys(Path directory, @Nullable EventCipher cipher) throws IOException {
        if (cipher == null) {
            KeyBinding.requireUnbound(directory);
        } else {
            KeyBinding.check(directory, cipher);
        }
    }

    /** The keys of users of before first: after a crash in between, the next opening makes them. */
    private static void bind(SegmentEventLog opened, Path directory, @Nullable EventCipher cipher) throws IOException {
        if (cipher != null && !KeyBinding.isBound(directory)) {
            new OldEvents(cipher).admitUsers(opened);
            KeyBinding.bind(directory, cipher);
        }
    }

    @Override
    public CompletableFuture<Receipt> append(Event event) {
        return appendAll(List.of(event)).thenApply(List::getFirst);
    }

    @Override
    public CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events) {
        CompletableFuture<List<Receipt>> done = new CompletableFuture<>();
        try {
            queue.offer(encoder.encode(events, done));
        } catch (MillraceException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    @Override
    public LogReader read(long fromOffset) {
        Offsets.requireWithin(fromOffset, begin(), end());
        return new SegmentReader(segments, durableEnd, cipher, fromOffset);
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
}
