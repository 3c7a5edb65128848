package dev.millrace.cli.imports;

import dev.millrace.eventlog.EventCipher;
import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.Receipt;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Writes an import straight into the event log of a data directory that no server holds. Owned by one thread. */
public final class LogTarget implements ImportTarget {
    private static final int BATCH = 2000;
    /** Enough for the disk to be busy while the next lines are read. */
    private static final int BATCHES_IN_FLIGHT = 4;

    private final KeyTable keys;
    private final EventLog log;
    private final Deque<CompletableFuture<List<Receipt>>> inFlight = new ArrayDeque<>();
    private List<Event> batch = new ArrayList<>(BATCH);
    private ImportCounts counts = ImportCounts.NONE;

    private LogTarget(KeyTable keys, EventLog log) {
        this.keys = keys;
        this.log = log;
    }

    /** Opens the log of a data directory for writing and the keys by which events of users are encrypted. */
    public static LogTarget open(Path dataDir, EventLogConfig config, KeyConfig keyConfig) throws IOException {
        Path log = dataDir.resolve("log");
        KeyTable keys = SegmentEventLog.openKeys(log, keyConfig, Clock.system());
        try {
            long reach = SnapshotDirectory.reach(dataDir.resolve("snapshots"));
            return new LogTarget(keys, SegmentEventLog.open(log, config, new EventCipher(keys), reach));
        } catch (RuntimeException e) {
            keys.close();
            throw e;
        }
    }

    @Override
    public void accept(Event event) throws IOException {
        batch.add(event);
        if (batch.size() == BATCH) {
            send();
        }
    }

    @Override
    public void flush() throws IOException {
        if (!batch.isEmpty()) {
            send();
        }
        while (!inFlight.isEmpty()) {
            count(inFlight.remove());
        }
    }

    @Override
    public ImportCounts counts() {
        return counts;
    }

    @Override
    public void close() throws IOException {
        try (keys) {
            log.close();
        }
    }

    private void send() throws IOException {
        if (inFlight.size() == BATCHES_IN_FLIGHT) {
            count(inFlight.remove());
        }
        inFlight.add(log.appendAll(batch));
        batch = new ArrayList<>(BATCH);
    }

    private void count(CompletableFuture<List<Receipt>> stored) throws IOException {
        try {
            long duplicates = 0;
            long erased = 0;
            List<Receipt> receipts = stored.get();
            for (Receipt receipt : receipts) {
                duplicates += receipt.duplicate() ? 1 : 0;
                erased += receipt.isErased() ? 1 : 0;
            }
            counts = counts.plus(receipts.size() - duplicates - erased, duplicates, erased);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MillraceException failure) {
                throw failure;
            }
            throw new IOException("the event log refused a batch: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the import was interrupted");
        }
    }
}
