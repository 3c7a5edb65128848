package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * What a stage declares of itself. Immutable; each method returns a changed copy.
 *
 * @param reads fields that must have been written before it runs
 * @param mayRead fields that it uses where they are present: see {@link Scope#has}
 * @param writes fields that it fills
 * @param shapes whether it adds, drops or reorders candidates
 * @param onFailure what happens when it throws or is late
 * @param share its part of the deadline, relative to the shares of the other steps; 0 for a branch of a group
 * @param offload whether it is worth a hand-over to a worker: tens of microseconds or more
 */
public record StageSpec(
        String name,
        List<Field<?>> reads,
        List<Field<?>> mayRead,
        List<Field<?>> writes,
        boolean shapes,
        FailurePolicy onFailure,
        int share,
        boolean offload) {

    /** What happens when a stage throws or is late. */
    public enum FailurePolicy {
        /** The run ends without a result. Such a stage runs even when its time has passed. */
        FAIL,
        /** The run goes on without what the stage writes. */
        SKIP,
        /** The stage's {@link Stage#fallback} fills what it writes. */
        DEFAULT
    }

    public StageSpec {
        reads = List.copyOf(reads);
        mayRead = List.copyOf(mayRead);
        writes = List.copyOf(writes);
        if (name.isBlank()) {
            throw new IllegalArgumentException("a stage's name is blank; give it a word");
        }
        if (share < 0) {
            throw new IllegalArgumentException("stage '" + name + "' has the share " + share + "; give 0 or more");
        }
    }

    /** A stage that declares nothing yet and ends the run when it fails. */
    public static StageSpec of(String name) {
        return new StageSpec(name, List.of(), List.of(), List.of(), false, FailurePolicy.FAIL, 0, false);
    }

    public StageSpec reading(Field<?>... fields) {
        return new StageSpec(name, List.of(fields), mayRead, writes, shapes, onFailure, share, offload);
    }

    public StageSpec mayReading(Field<?>... fields) {
        return new StageSpec(name, reads, List.of(fields), writes, shapes, onFailure, share, offload);
    }

    public StageSpec writing(Field<?>... fields) {
        return new StageSpec(name, reads, mayRead, List.of(fields), shapes, onFailure, share, offload);
    }

    public StageSpec shaping() {
        return new StageSpec(name, reads, mayRead, writes, true, onFailure, share, offload);
    }

    public StageSpec onFailure(FailurePolicy policy) {
        return new StageSpec(name, reads, mayRead, writes, shapes, policy, share, offload);
    }

    public StageSpec share(int parts) {
        return new StageSpec(name, reads, mayRead, writes, shapes, onFailure, parts, offload);
    }

    public StageSpec offloaded() {
        return new StageSpec(name, reads, mayRead, writes, shapes, onFailure, share, true);
    }

    /** Every field that it names, each once. */
    List<Field<?>> fields() {
        List<Field<?>> all = new ArrayList<>(reads);
        for (Field<?> field : mayRead) {
            if (!all.contains(field)) {
                all.add(field);
            }
        }
        for (Field<?> field : writes) {
            if (!all.contains(field)) {
                all.add(field);
            }
        }
        return all;
    }
}
