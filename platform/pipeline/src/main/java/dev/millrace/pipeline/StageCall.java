package dev.millrace.pipeline;

import dev.millrace.pipeline.PipelineResult.Outcome;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One stage in one frame: it runs the stage here or on a worker, and knows how that ended. Everything but {@link #run}
 * is owned by the thread that runs the request.
 *
 * <p>A call that was handed over ends in exactly one of two ways, decided by one compare-and-set: the worker moves it
 * from RUNNING to DONE, and the request uses what it wrote; or the request moves it to ABANDONED at the deadline, and
 * the worker, whenever it ends, only gives the frame back.
 */
final class StageCall implements Runnable {
    private static final int PENDING = 0;
    private static final int RUNNING = 1;
    private static final int DONE = 2;
    private static final int ABANDONED = 3;

    private final Stage stage;
    private final StageSpec spec;
    private final Scope scope;
    private final Frame frame;
    private final StageMeter meter;

    private final AtomicInteger state = new AtomicInteger(PENDING);
    private boolean handedOver;
    private boolean endsRun;
    private @Nullable Thread waiter;
    private long startNanos;
    private long nanos;
    private @Nullable Throwable error;
    private Outcome outcome = Outcome.SKIPPED;
    private String reason = "";

    StageCall(Stage stage, Frame frame, StageMeter meter) {
        this.stage = stage;
        this.spec = stage.spec();
        this.frame = frame;
        this.meter = meter;
        this.scope = new Scope(spec, frame);
    }

    StageSpec spec() {
        return spec;
    }

    Outcome outcome() {
        return outcome;
    }

    /** Whether the stage itself wrote what it should, perhaps less of it. */
    boolean isUsable() {
        return outcome == Outcome.OK || outcome == Outcome.PARTIAL;
    }

    /** Forgets the last request's call. */
    void reset() {
        state.set(PENDING);
        handedOver = false;
        endsRun = false;
        error = null;
        reason = "";
        nanos = 0;
    }

    boolean isPending() {
        return state.get() == PENDING;
    }

    boolean isHandedOver() {
        return handedOver;
    }

    /** Ends the call without having run it. */
    void skip(Outcome newOutcome, String newReason) {
        reset();
        state.set(DONE);
        outcome = newOutcome;
        reason = newReason;
    }

    /** Runs the stage on this thread. */
    void runHere(Deadline deadline) {
        begin(deadline, DONE);
        invoke();
        conclude();
    }

    /** Gives the stage to an idle worker; where none is idle, the call stays pending. */
    void handOver(WorkerPool workers, Deadline deadline) {
        begin(deadline, RUNNING);
        waiter = Thread.currentThread();
        frame.retain();
        handedOver = workers.tryRun(this);
        if (!handedOver) {
            frame.release();
            state.set(PENDING);
        }
    }

    /** Whether an abandoned call of this stage is still busy: another one would only lose one more worker. */
    boolean isStuck() {
        return meter.unfinished().get() > 0;
    }

    /** On the worker. */
    @Override
    public void run() {
        invoke();
        Thread request = waiter;
        if (state.compareAndSet(RUNNING, DONE)) {
            LockSupport.unpark(request);
        } else {
            meter.unfinished().decrementAndGet();
            frame.release();
        }
    }

    /** Waits for the worker until the deadline, and abandons it there. */
    void await(Deadline deadline) {
        boolean interrupted = false;
        for (long left = 1; left > 0 && state.get() == RUNNING; left = deadline.remainingNanos()) {
            LockSupport.parkNanos(this, deadline.remainingNanos());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (state.compareAndSet(RUNNING, ABANDONED)) {
            // The worker may have ended and counted down already: the sum is what counts.
            meter.unfinished().incrementAndGet();
            nanos = System.nanoTime() - startNanos;
            outcome = Outcome.LATE;
            reason = "abandoned after " + nanos / 1000 + " µs";
            return;
        }
        frame.release();
        conclude();
    }

    /** Whether what the stage writes is there, from itself or from its fallback. */
    boolean hasWritten() {
        return isUsable() || (spec.onFailure() == StageSpec.FailurePolicy.DEFAULT && !endsRun);
    }

    /** Applies the failure policy; returns whether the run goes on. */
    boolean degrade() {
        endsRun = switch (spec.onFailure()) {
            case FAIL -> true;
            case SKIP -> false;
            case DEFAULT -> !fallBack();
        };
        return !endsRun;
    }

    PipelineResult.StageResult result() {
        return new PipelineResult.StageResult(spec.name(), outcome, nanos, reason, spec.onFailure(), endsRun, error);
    }

    private boolean fallBack() {
        try {
            stage.fallback(scope);
            return true;
        } catch (RuntimeException thrown) {
            reason += "; its fallback failed: " + thrown;
            error = thrown;
            return false;
        }
    }

    private void begin(Deadline deadline, int newState) {
        scope.begin(deadline);
        startNanos = System.nanoTime();
        state.set(newState);
    }

    private void invoke() {
        long cpu = StageMeter.begin();
        try {
            stage.run(scope);
        } catch (Throwable thrown) {
            // Whatever a stage throws, also an Error of a native library, is answered by its declared policy.
            error = thrown;
            if (thrown instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
        meter.spent(cpu);
        nanos = System.nanoTime() - startNanos;
    }

    private void conclude() {
        Throwable thrown = error;
        if (thrown == null) {
            reason = scope.shortfall();
            outcome = reason.isEmpty() ? Outcome.OK : Outcome.PARTIAL;
        } else {
            reason = "failed: " + thrown;
            outcome = Outcome.FAILED;
        }
    }
}
