package dev.millrace.benchmarks.eventlog;

import dev.millrace.eventlog.EventCipher;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.Receipt;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Acknowledged appends and reads of actions, in the clear and encrypted: users who have keys, and users of whom every batch brings
 * new ones. Eight batches of 512 are under way, as streams of lines send them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class EventLogBenchmark {
    private static final int BATCH = 512;
    private static final int UNDER_WAY = 8;
    private static final int EVENTS = BATCH * UNDER_WAY;
    private static final int USERS = 10_000;
    /** Of a batch, the events of users who were never seen. */
    private static final int NEW_IN = 32;

    /** Who the users are. */
    public enum Users {
        /** The log has no keys. */
        IN_THE_CLEAR,
        /** All have keys. */
        KNOWN,
        /** Each batch brings 16 users without keys. */
        SOME_NEW
    }

    @Param
    public Users users = Users.IN_THE_CLEAR;

    private Path directory = Path.of("");
    private @Nullable KeyTable keys;
    private @Nullable SegmentEventLog log;
    private long next;

    @Setup
    public void open() throws Exception {
        directory = Files.createTempDirectory("millrace-log");
        if (users == Users.IN_THE_CLEAR) {
            log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults());
        } else {
            keys = KeyTable.open(directory.resolve("keys"), List.of(MasterKey.parse("5a".repeat(32))), Clock.system());
            log = SegmentEventLog.open(directory.resolve("log"), EventLogConfig.defaults(), new EventCipher(keys), 0);
        }
        for (int i = 0; i < 2 * USERS; i += EVENTS) {
            append();
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long append() {
        SegmentEventLog to = opened();
        List<CompletableFuture<List<Receipt>>> open = new ArrayList<>(UNDER_WAY);
        for (int i = 0; i < UNDER_WAY; i++) {
            open.add(to.appendAll(batch()));
        }
        long last = 0;
        for (CompletableFuture<List<Receipt>> receipts : open) {
            last = receipts.join().getLast().offset();
        }
        return last;
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long read() {
        long[] seconds = new long[1];
        try (LogReader reader = opened().read(0)) {
            int left = EVENTS;
            while (left > 0) {
                left -= reader.poll(
                        (offset, event) -> seconds[0] += event.timestamp().getEpochSecond(), left);
            }
        }
        return seconds[0];
    }

    @TearDown
    public void close() throws IOException {
        opened().close();
        if (keys != null) {
            keys.close();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(EventLogBenchmark::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SegmentEventLog opened() {
        if (log == null) {
            throw new IllegalStateException("not set up");
        }
        return log;
    }

    private List<Event> batch() {
        List<Event> batch = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++, next++) {
            boolean isNew = users == Users.SOME_NEW && next % NEW_IN == 0;
            batch.add(new Event.Action(
                    new EventId("event-" + next),
                    Instant.ofEpochMilli(1_780_000_000_000L + next),
                    new UserId(isNew ? "new-" + next : "user-" + next % USERS),
                    new ItemId("item-" + next % 977),
                    ActionType.CLICK,
                    1,
                    null));
        }
        return batch;
    }
}
