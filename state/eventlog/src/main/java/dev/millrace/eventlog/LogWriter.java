package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Writes groups of appends to the log's files. Owned by the writing thread.
 *
 * <p>A group becomes known to others only when it is on disk: the window of ids, the readable end and the receipts all
 * follow the disk's word. A write that fails is taken back, file and window alike, and the log goes on, since a full disk
 * may have room again. When the disk fails to confirm a write, nobody can say what it holds (a second try may report
 * success for pages that the system has dropped), so the log stops until it is opened again.
 */
final class LogWriter {
    private static final Logger log = LoggerFactory.getLogger(LogWriter.class);

    /** How often retention is looked at when nothing is written. */
    private static final Duration HOUSEKEEPING = Duration.ofMinutes(1);

    private final EventLogConfig config;
    private final CommitQueue queue;
    private final DurableEnd durableEnd;
    private final Segments segments;
    private final Retention retention;
    private final RecoveredLog recovered;
    private final AppendEncoder encoder;
    private final Surroundings around;

    private final IdWindow window;
    private final EventIdHash hash = new EventIdHash();
    private ActiveSegment active;
    private long next;
    private @Nullable Throwable stopped;

    /** Appends that failed since the last line about it. */
    private long failed;

    private long failureLoggedNanos = System.nanoTime() - 1_000_000_000L;

    /** What the writer needs from outside: the time, the files, a thread that acknowledges and one that can wait. */
    record Surroundings(
            Clock clock,
            LogFile.Opener opener,
            AppendEncoder encoder,
            Executor acknowledgements,
            Executor housekeeping) {}

    LogWriter(
            EventLogConfig config,
            CommitQueue queue,
            DurableEnd durableEnd,
            Segments segments,
            Retention retention,
            RecoveredLog recovered,
            Surroundings around) {
        this.config = config;
        this.queue = queue;
        this.durableEnd = durableEnd;
        this.segments = segments;
        this.retention = retention;
        this.recovered = recovered;
        this.around = around;
        this.encoder = around.encoder();
        this.window = recovered.window();
        this.active = recovered.active();
        this.next = recovered.end();
    }

    /** Writes until the queue is closed and drained. */
    void run() {
        try {
            while (!queue.isDrained()) {
                List<PendingAppend> group = queue.takeGroup(HOUSEKEEPING);
                if (group.isEmpty()) {
                    retention.apply(active.base(), window.first());
                } else {
                    write(group);
                    queue.release(group);
                }
            }
        } catch (InterruptedException e) {
            stop(e);
        } finally {
            finish();
        }
    }

    /** The keys of new users first: no event is encrypted with one that is not on disk. */
    private void write(List<PendingAppend> taken) {
        if (stopped != null) {
            fail(taken, LogFailures.stopped(stopped));
            return;
        }
        List<PendingAppend> group = sealed(taken);
        long first = next;
        List<List<Receipt>> receipts = new ArrayList<>(group.size());
        try {
            rollIfFull();
            for (PendingAppend append : group) {
                receipts.add(writeRecords(append, first));
            }
            active.flush();
        } catch (IOException e) {
            takeBack(first);
            fail(group, LogFailures.notAppended(e));
            return;
        } catch (RuntimeException | Error e) {
            stop(e);
            fail(group, LogFailures.stopped(e));
            return;
        }
        if (confirm(first)) {
            acknowledge(group, receipts);
        } else {
            fail(group, LogFailures.stopped(stopped == null ? new IOException("unknown") : stopped));
        }
    }

    /** What waits for keys that cannot be made fails alone. */
    private List<PendingAppend> sealed(List<PendingAppend> taken) {
        try {
            return encoder.sealed(taken);
        } catch (RuntimeException | Error e) {
            fail(taken.stream().filter(PendingAppend::isKeyless).toList(), LogFailures.withoutKeys(e));
            return taken.stream().filter(append -> !append.isKeyless()).toList();
        }
    }

    private List<Receipt> writeRecords(PendingAppend append, long firstOfGroup) throws IOException {
        List<Receipt> receipts = new ArrayList<>(append.size());
        for (int i = 0; i < append.size(); i++) {
            if (append.length(i) == 0) {
                receipts.add(Receipt.ERASED);
                continue;
            }
            hash.ofEvent(append.bytes(), append.start(i), append.length(i));
            long known = window.find(hash.high, hash.low);
            if (known >= 0) {
                receipts.add(new Receipt(known, true));
                continue;
            }
            if (next == firstOfGroup) {
                active.writeMark(next, around.clock().millis());
            }
            active.writeRecord(next, append.bytes(), append.start(i), append.length(i));
            window.add(hash.high, hash.low);
            receipts.add(new Receipt(next++, false));
        }
        return receipts;
    }

    /** @return whether everything written since {@code first} is on disk */
    private boolean confirm(long first) {
        if (next == first) {
            return true;
        }
        try {
            active.force();
        } catch (IOException | RuntimeException | Error e) {
            stop(e);
            return false;
        }
        window.forgetOld();
        durableEnd.advance(next);
        return true;
    }

    private void acknowledge(List<PendingAppend> group, List<List<Receipt>> receipts) {
        around.acknowledgements().execute(() -> {
            for (int i = 0; i < group.size(); i++) {
                group.get(i).done().complete(receipts.get(i));
            }
        });
    }

    private void fail(List<PendingAppend> group, MillraceException why) {
        failed += group.size();
        long now = System.nanoTime();
        // A full disk fails every append: one line a second tells it as well as a hundred, and does not fill a disk
        // itself.
        if (now - failureLoggedNanos >= 1_000_000_000L) {
            log.error("{} appends failed: {}", failed, why.getMessage());
            failureLoggedNanos = now;
            failed = 0;
        }
        around.acknowledgements().execute(() -> group.forEach(append -> append.fail(why)));
    }

    private void takeBack(long first) {
        window.takeBack(first);
        next = first;
        try {
            active.rollBack();
        } catch (IOException e) {
            stop(e);
        }
    }

    private void stop(Throwable why) {
        log.error("the event log takes no more events until it is opened again", why);
        stopped = why;
        queue.refuse(LogFailures.stopped(why));
    }

    /** Between two groups, when everything is on disk. */
    private void rollIfFull() throws IOException {
        if (active.durableSize() < config.segmentBytes() || next == active.base()) {
            return;
        }
        long began = System.nanoTime();
        ActiveSegment successor =
                ActiveSegment.create(segments.directory(), next, around.clock().millis(), around.opener());
        ActiveSegment finished = active;
        active = successor;
        segments.add(next, successor.path());
        finished.close();
        saveIds(finished.base());
        retention.apply(active.base(), window.first());
        log.debug("segment {} begun in {} us", successor.path(), (System.nanoTime() - began) / 1000);
    }

    /** What it saves is only a short cut, so that another thread may do it, and a failure is no reason to stop. */
    private void saveIds(long base) {
        IdFile ids = recovered.ids(base, next);
        around.housekeeping().execute(() -> {
            try {
                ids.write(IdFile.pathFor(segments.directory(), base));
            } catch (IOException e) {
                log.warn("the ids of segment {} were not saved; the next start reads the segment instead", base, e);
            }
        });
    }

    private void finish() {
        try {
            if (stopped == null && next > active.base()) {
                // A last mark proves that everything before it was on disk.
                active.writeMark(next, around.clock().millis());
                active.flush();
                active.force();
            }
            active.close();
        } catch (IOException e) {
            log.warn("the last mark of {} was not written; nothing is lost", active.path(), e);
        } finally {
            queue.refuse(new MillraceException(ErrorCode.UNAVAILABLE, "the event log is closed"));
            durableEnd.close();
        }
    }
}
