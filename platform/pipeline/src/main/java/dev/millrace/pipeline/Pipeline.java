package dev.millrace.pipeline;

import dev.millrace.pipeline.PipelineResult.Outcome;
import dev.millrace.pipeline.PipelineResult.StageResult;
import dev.millrace.pipeline.StageSpec.FailurePolicy;
import dev.millrace.runtime.Deadline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A fixed order of stages, checked when it was built, and their executor. Thread-safe; a run belongs to its caller.
 *
 * <pre>{@code
 * Pipeline pipeline = Pipeline.named("home").input(QUERY).then(new Hydrate()).parallel("sources", 40, a, b).build(workers);
 * try (Frame frame = pipeline.open()) {
 *     PipelineResult result = pipeline.run(frame.put(QUERY, query), deadline);
 *     return frame.get(ANSWER);
 * }
 * }</pre>
 *
 * <p>The deadline is split once, when the run begins: each step gets its share of it, counted from the start, so that
 * time which a step leaves is there for the next ones, and a step that overruns takes from them. A step whose time has
 * passed before it begins is late and is treated by its policy, unless that is FAIL: such a stage always runs.
 *
 * <p>Stages worth a hand-over go to an idle worker; the calling thread does the rest, and also what no worker was idle
 * or no core was left for. A worker that is late is abandoned. What runs on the calling thread cannot be, and must watch
 * its own deadline.
 */
public final class Pipeline {
    /** Idle frames kept for later requests; more than this many at once are left to the garbage collector. */
    private static final int KEPT_FRAMES = 64;

    /** One stage, or a group of stages that run at once; its stages are {@code from} (included) to {@code to}. */
    record Step(String name, int share, int from, int to, boolean parallel) {}

    private final String name;
    private final List<Value<?>> inputs;
    private final List<Stage> stages;
    private final List<Step> steps;
    private final List<Field<?>> fields;
    private final int capacity;
    private final WorkerPool workers;
    private final int totalShare;
    private final StageMeter[] meters;
    private final ArrayBlockingQueue<Frame> idleFrames = new ArrayBlockingQueue<>(KEPT_FRAMES);

    Pipeline(PipelineBuilder plan, List<Field<?>> fields, WorkerPool workers) {
        name = plan.name();
        inputs = List.copyOf(plan.inputs());
        stages = List.copyOf(plan.stages());
        steps = List.copyOf(plan.steps());
        capacity = plan.capacity();
        this.fields = List.copyOf(fields);
        this.workers = workers;
        totalShare = steps.stream().mapToInt(Step::share).sum();
        meters = new StageMeter[stages.size()];
        Arrays.setAll(meters, stage -> new StageMeter());
    }

    /** Begins the description of a pipeline. */
    public static PipelineBuilder named(String name) {
        return new PipelineBuilder(name);
    }

    public String name() {
        return name;
    }

    /** Leases the memory for one run. */
    public Frame open() {
        Frame idle = idleFrames.poll();
        return (idle == null ? new Frame(this, fields, capacity) : idle).open();
    }

    /** Runs the stages on a frame that holds the inputs. Never throws for what a stage does. */
    public PipelineResult run(Frame frame, Deadline deadline) {
        requireInputs(frame);
        workers.enter();
        try {
            return runSteps(frame, deadline);
        } finally {
            workers.leave();
        }
    }

    /** The stages with what they read and write, their budgets and failure policies, for people. */
    public String describe() {
        return Description.of(this);
    }

    /** How often a stage ended otherwise than well since the start. */
    public long degradations(String stage) {
        return meter(stage).degraded().sum();
    }

    /** The CPU time that a stage has used since the start, in nanoseconds, whichever threads it ran on. */
    public long cpuNanos(String stage) {
        return meter(stage).cpuNanos();
    }

    /** The names of the stages, in the order in which they run. */
    public List<String> stageNames() {
        return stages.stream().map(stage -> stage.spec().name()).toList();
    }

    List<Value<?>> inputs() {
        return inputs;
    }

    List<Stage> stages() {
        return stages;
    }

    List<Step> steps() {
        return steps;
    }

    int capacity() {
        return capacity;
    }

    int totalShare() {
        return totalShare;
    }

    StageMeter meter(int stage) {
        return meters[stage];
    }

    private StageMeter meter(String stage) {
        int index = stageNames().indexOf(stage);
        if (index < 0) {
            throw new IllegalArgumentException("pipeline '" + name + "' has no stage '" + stage + "'");
        }
        return meters[index];
    }

    void reuse(Frame frame) {
        // A full pool means that more requests ran at once than are worth keeping memory for.
        boolean kept = idleFrames.offer(frame);
        assert kept || idleFrames.remainingCapacity() == 0;
    }

    private void requireInputs(Frame frame) {
        for (int i = 0; i < inputs.size(); i++) {
            if (!frame.has(inputs.get(i))) {
                throw new IllegalStateException("pipeline '" + name + "' runs without its input '" + inputs.get(i)
                        + "': put it into the frame first");
            }
        }
    }

    private PipelineResult runSteps(Frame frame, Deadline deadline) {
        long begun = System.nanoTime();
        Deadline[] deadlines = split(deadline);
        boolean failed = false;
        for (int i = 0; i < deadlines.length; i++) {
            Step step = steps.get(i);
            if (failed) {
                skip(step, frame);
            } else {
                begin(step, frame, deadlines[i]);
                failed = !finish(step, frame, deadlines[i]);
            }
        }
        return new PipelineResult(results(frame), System.nanoTime() - begun);
    }

    private Deadline[] split(Deadline deadline) {
        Deadline[] parts = new Deadline[steps.size()];
        long total = deadline.remainingNanos();
        int sum = 0;
        for (int i = 0; i < parts.length; i++) {
            sum += steps.get(i).share();
            parts[i] = total == Long.MAX_VALUE
                    ? deadline
                    : deadline.within(Duration.ofNanos((long) (total * ((double) sum / totalShare))));
        }
        return parts;
    }

    /** Hands over what is worth it, then does the rest here. */
    private void begin(Step step, Frame frame, Deadline deadline) {
        boolean expired = deadline.isExpired();
        for (int i = step.from(); i < step.to(); i++) {
            StageCall call = frame.call(i);
            call.reset();
            if (expired && call.spec().onFailure() != FailurePolicy.FAIL) {
                call.skip(Outcome.LATE, "its time had passed before it began");
            } else if (call.spec().offload() && call.isStuck()) {
                call.skip(Outcome.SKIPPED, "an earlier call has not ended");
            } else if (call.spec().offload()) {
                call.handOver(workers, deadline);
            }
        }
        for (int i = step.from(); i < step.to(); i++) {
            StageCall call = frame.call(i);
            if (call.isPending()) {
                call.runHere(deadline);
            }
        }
    }

    /** Waits for what was handed over, and applies the failure policies; returns whether the run goes on. */
    private boolean finish(Step step, Frame frame, Deadline deadline) {
        boolean goesOn = true;
        for (int i = step.from(); i < step.to(); i++) {
            StageCall call = frame.call(i);
            if (call.isHandedOver()) {
                call.await(deadline);
            }
            if (call.outcome() != Outcome.OK) {
                meters[i].degraded().increment();
            }
            if (!call.isUsable()) {
                goesOn &= call.degrade();
            }
            if (call.hasWritten()) {
                frame.markPresent(call.spec().writes());
            }
        }
        return goesOn;
    }

    private static void skip(Step step, Frame frame) {
        for (int i = step.from(); i < step.to(); i++) {
            frame.call(i).skip(Outcome.SKIPPED, "an earlier stage ended the run");
        }
    }

    private List<StageResult> results(Frame frame) {
        List<StageResult> results = new ArrayList<>(stages.size());
        for (int i = 0; i < stages.size(); i++) {
            results.add(frame.call(i).result());
        }
        return results;
    }
}
