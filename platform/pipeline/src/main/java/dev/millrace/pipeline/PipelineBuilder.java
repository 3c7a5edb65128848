package dev.millrace.pipeline;

import dev.millrace.pipeline.Pipeline.Step;
import dev.millrace.pipeline.StageSpec.FailurePolicy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The plan of a pipeline, and the checks that it must pass to become one. Owned by the thread that builds. */
public final class PipelineBuilder {
    private static final int DEFAULT_CAPACITY = 1024;
    /** Presence is one bit per field in a long. */
    private static final int MAX_FIELDS = 64;

    private final String name;
    private final List<Value<?>> inputs = new ArrayList<>();
    private final List<Stage> stages = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private int capacity = DEFAULT_CAPACITY;

    PipelineBuilder(String name) {
        this.name = name;
    }

    /** Values that the caller puts into the frame before a run. */
    public PipelineBuilder input(Value<?>... values) {
        inputs.addAll(List.of(values));
        return this;
    }

    /** The largest number of candidates. */
    public PipelineBuilder capacity(int candidates) {
        capacity = candidates;
        return this;
    }

    /** Adds a stage after those before. */
    public PipelineBuilder then(Stage stage) {
        StageSpec spec = stage.spec();
        steps.add(new Step(spec.name(), spec.share(), stages.size(), stages.size() + 1, false));
        stages.add(stage);
        return this;
    }

    /** Adds stages that run at once, under one share of the deadline. */
    public PipelineBuilder parallel(String group, int share, List<? extends Stage> branches) {
        steps.add(new Step(group, share, stages.size(), stages.size() + branches.size(), true));
        stages.addAll(branches);
        return this;
    }

    /**
     * Checks the plan.
     *
     * @throws IllegalArgumentException that names the stage and the field for which it does not hold together
     */
    public Pipeline build(WorkerPool workers) {
        requireNames();
        List<Field<?>> fields = collectFields();
        requireWrittenBeforeRead();
        steps.forEach(this::requireSafeStep);
        requireNothingOverwrittenUnderWorkers();
        return new Pipeline(this, fields, workers);
    }

    String name() {
        return name;
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

    private void requireNames() {
        if (stages.isEmpty() || capacity < 1) {
            throw problem("has " + stages.size() + " stages and room for " + capacity + " candidates; give at least 1");
        }
        Set<String> names = new HashSet<>();
        for (Stage stage : stages) {
            if (!names.add(stage.spec().name())) {
                throw problem("has two stages named '" + stage.spec().name() + "'; rename one");
            }
        }
    }

    private List<Field<?>> collectFields() {
        Map<String, Field<?>> byName = new HashMap<>();
        List<Field<?>> columns = new ArrayList<>();
        List<Field<?>> values = new ArrayList<>();
        List<Field<?>> declared = new ArrayList<>(inputs);
        stages.forEach(stage -> declared.addAll(stage.spec().fields()));
        for (Field<?> field : declared) {
            Field<?> known = byName.putIfAbsent(field.name(), field);
            if (known == null) {
                (field instanceof Column<?> ? columns : values).add(field);
            } else if (known != field) {
                throw problem("has two fields named '" + field.name() + "'; rename one, or share the constant");
            }
        }
        columns.addAll(values);
        if (columns.size() > MAX_FIELDS) {
            throw problem("has " + columns.size() + " fields; at most " + MAX_FIELDS + " fit");
        }
        return columns;
    }

    /** A step sees what the steps before it wrote, and nothing of its own siblings. */
    private void requireWrittenBeforeRead() {
        Set<Field<?>> certain = new HashSet<>(inputs);
        Set<Field<?>> possible = new HashSet<>(inputs);
        for (Step step : steps) {
            List<Stage> members = stages.subList(step.from(), step.to());
            for (Stage stage : members) {
                requireReadable(stage.spec(), certain, possible);
            }
            for (Stage stage : members) {
                possible.addAll(stage.spec().writes());
                if (stage.spec().onFailure() != FailurePolicy.SKIP) {
                    certain.addAll(stage.spec().writes());
                }
            }
        }
    }

    private void requireReadable(StageSpec spec, Set<Field<?>> certain, Set<Field<?>> possible) {
        for (Field<?> field : spec.reads()) {
            if (isWorkspace(field)) {
                throw problem(spec, "reads the workspace '" + field + "', where nothing lasts: write it instead");
            }
            if (!possible.contains(field)) {
                throw problem(spec, "reads '" + field + "', which no earlier step writes and no input gives");
            }
            if (!certain.contains(field)) {
                throw problem(
                        spec,
                        "reads '" + field + "', which is absent when the stage that writes it is skipped: declare it"
                                + " with mayReading() and ask has(), or give the writer another failure policy");
            }
        }
        if (spec.onFailure() == FailurePolicy.SKIP) {
            for (Field<?> field : spec.writes()) {
                if (possible.contains(field) && !isWorkspace(field)) {
                    throw problem(
                            spec,
                            "may be skipped half-way and overwrites '" + field
                                    + "': write a field of its own, or change the failure policy");
                }
            }
        }
    }

    private static boolean isWorkspace(Field<?> field) {
        return field instanceof Value<?> value && value.isWorkspace();
    }

    private void requireSafeStep(Step step) {
        if (step.share() < 1) {
            throw problem(
                    "gives step '" + step.name() + "' the share " + step.share() + " of the deadline; give 1 or more");
        }
        Set<Field<?>> written = new HashSet<>();
        for (Stage stage : stages.subList(step.from(), step.to())) {
            StageSpec spec = stage.spec();
            if (step.parallel() && spec.share() != 0) {
                throw problem(spec, "declares a share inside the group '" + step.name() + "', which has one for all");
            }
            if (step.parallel() || spec.offload()) {
                requireSafeBranch(spec);
            }
            for (Field<?> field : spec.writes()) {
                if (!written.add(field)) {
                    throw problem(spec, "writes '" + field + "', as another branch of '" + step.name() + "' does");
                }
            }
        }
    }

    private void requireSafeBranch(StageSpec spec) {
        for (Field<?> field : spec.fields()) {
            if (field instanceof Column<?>) {
                throw problem(spec, "runs beside others and uses the column '" + field + "': use a value of its own");
            }
        }
        if (spec.shapes()) {
            throw problem(spec, "runs beside others and changes which candidates there are");
        }
        if (spec.onFailure() == FailurePolicy.DEFAULT) {
            throw problem(spec, "may be abandoned while it writes, so it cannot have the policy DEFAULT; use SKIP");
        }
    }

    /** An abandoned worker goes on reading and writing what it declared. */
    private void requireNothingOverwrittenUnderWorkers() {
        Map<Field<?>, StageSpec> touched = new HashMap<>();
        for (Step step : steps) {
            List<Stage> members = stages.subList(step.from(), step.to());
            for (Stage stage : members) {
                for (Field<?> field : stage.spec().writes()) {
                    StageSpec worker = touched.get(field);
                    if (worker != null) {
                        throw problem(
                                stage.spec(),
                                "writes '" + field + "' while '" + worker.name()
                                        + "' may still use it, abandoned on a worker");
                    }
                }
            }
            for (Stage stage : members) {
                if (stage.spec().offload()) {
                    stage.spec().fields().forEach(field -> touched.put(field, stage.spec()));
                }
            }
        }
    }

    private IllegalArgumentException problem(StageSpec spec, String what) {
        return problem("does not hold together: stage '" + spec.name() + "' " + what);
    }

    private IllegalArgumentException problem(String what) {
        return new IllegalArgumentException("pipeline '" + name + "' " + what);
    }
}
