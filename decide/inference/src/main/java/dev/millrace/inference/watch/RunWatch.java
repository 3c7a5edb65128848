package dev.millrace.inference.watch;

import ai.onnxruntime.OrtException;
import dev.millrace.runtime.Agent;
import dev.millrace.runtime.AgentRunner;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * Looks after the runs of a model, and ends those that are past their deadline (thread-safe).
 *
 * <p>ONNX Runtime looks at a flag between two operators, those within a loop included: a run ends at the end of the operator that it
 * is at. Nobody is woken for a run; a thread looks at all of them now and then.
 */
public final class RunWatch implements AutoCloseable {
    /** What a run may be late at most, beside its operator; most runs take a tenth of it, and are never looked at. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private final List<WatchedRun> runs = new CopyOnWriteArrayList<>();
    private final LongAdder ended = new LongAdder();
    private final AgentRunner runner;

    private RunWatch(String model) {
        this.runner = AgentRunner.start(
                new Agent() {
                    @Override
                    public String name() {
                        return "run watch of " + model;
                    }

                    @Override
                    public int doWork() throws OrtException {
                        look();
                        return 0;
                    }
                },
                BETWEEN_LOOKS);
    }

    /** @param model whose runs they are, for the name of the thread */
    public static RunWatch start(String model) {
        return new RunWatch(model);
    }

    /** Looks after one more; to be closed when there will be no run any more. */
    public WatchedRun add() throws OrtException {
        WatchedRun run = new WatchedRun(runs::remove);
        runs.add(run);
        return run;
    }

    /** How many runs it has ended so far. */
    public long ended() {
        return ended.sum();
    }

    private void look() throws OrtException {
        for (WatchedRun run : runs) {
            if (run.endIfLate()) {
                ended.increment();
            }
        }
    }

    @Override
    public void close() {
        runner.close();
    }
}
