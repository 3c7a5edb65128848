package dev.millrace.server.ingest;

import dev.millrace.eventlog.LogReader;
import dev.millrace.features.FeatureState;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Agent;
import dev.millrace.server.hold.EventApplier;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Follows the log and applies each event to the state, whose one writer it is; forgets who was erased. Owned by its runner. */
public final class IngestAgent implements Agent {
    /** Few enough that waiters hear of their event soon after it is applied. */
    private static final int BATCH = 256;

    private static final Duration IDLE = Duration.ofMillis(50);
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(100);

    private final LogReader reader;
    private final EventApplier applier;
    private final AppliedOffsets applied;
    private final Freshness freshness;
    private final Pause pause;
    private final FeatureState state;
    private final Queue<Forgetting> forgettings = new ConcurrentLinkedQueue<>();
    private final Standstill standstill = new Standstill();
    private volatile long caughtUpMillis = System.currentTimeMillis();

    /** Work on the state that needs the writer to stand still; asked between two batches. */
    @FunctionalInterface
    public interface Pause {
        /** Whether there is more to do soon. */
        boolean run(long appliedOffset);
    }

    public IngestAgent(LogReader reader, FeatureState state, AppliedOffsets applied, Freshness freshness, Pause pause) {
        this.reader = reader;
        this.state = state;
        this.applier = new EventApplier(state);
        this.applied = applied;
        this.freshness = freshness;
        this.pause = pause;
    }

    /** A user whose key was dropped, and who waits for it. */
    private record Forgetting(UserId user, CompletableFuture<Boolean> done) {}

    /** Forgets a user whose key was dropped, between two batches; complete when nothing of them is in the state. */
    public CompletableFuture<Boolean> forget(UserId user) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        forgettings.add(new Forgetting(user, done));
        return done;
    }

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public int doWork() throws InterruptedException {
        // First: an event that waits for the store must not keep anybody from being forgotten.
        forgetErased();
        long before = reader.offset();
        int read;
        try {
            read = applier.applyGroup(reader, BATCH);
            standstill.ended();
        } catch (MillraceException e) {
            standstill.failed(e, reader.offset() > before);
            // Nothing is passed over, and a failure as a rule lasts.
            LockSupport.parkNanos(AFTER_FAILURE.toNanos());
            return 0;
        } finally {
            // Where the store fails in the middle, what was applied before it was applied.
            if (applier.shown() > applied.applied()) {
                applied.advance(applier.shown());
                freshness.check();
            }
        }
        if (read < BATCH) {
            caughtUpMillis = System.currentTimeMillis();
        }
        boolean more = pause.run(reader.offset());
        if (read == 0) {
            reader.await(more ? SOON : IDLE);
        }
        return read;
    }

    private void forgetErased() {
        for (Forgetting next = forgettings.poll(); next != null; next = forgettings.poll()) {
            try {
                state.forget(next.user);
                next.done.complete(true);
            } catch (RuntimeException e) {
                next.done.completeExceptionally(e);
            }
        }
    }

    @Override
    public void onClose() {
        reader.close();
    }

    /** Events that were passed over since the start, because their users were erased. */
    public long erased() {
        return applier.erased();
    }

    /** Events that were passed over since the start, because they cannot be decrypted: a key is damaged. */
    public long lost() {
        return applier.lost();
    }

    /** For how long an event waits for the store, or cannot be read, and those behind it; 0 while ingest goes on. */
    public long standstillMillis() {
        return standstill.millis();
    }

    /**
     * The age of the oldest event that is not applied, at most: how long ago the state had caught up with the log.
     *
     * @param end of the log; 0 is the answer where the state is there
     */
    public long lagMillis(long end) {
        return applied.applied() >= end ? 0 : Math.max(0, System.currentTimeMillis() - caughtUpMillis);
    }
}
