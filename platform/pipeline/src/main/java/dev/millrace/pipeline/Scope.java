package dev.millrace.pipeline;

import dev.millrace.runtime.Deadline;

import java.util.List;

/**
 * One stage's view of one request: the fields that it declared and no others, and the time that it has. Owned by the
 * thread that runs the stage, and valid until the stage returns.
 */
public final class Scope {
    private final StageSpec spec;
    private final Frame frame;
    private final Field<?>[] fields;
    private final int[] indexes;
    private final boolean[] readable;
    private final boolean[] writable;
    private Deadline deadline = Deadline.none();
    private String shortfall = "";

    Scope(StageSpec spec, Frame frame) {
        this.spec = spec;
        this.frame = frame;
        List<Field<?>> declared = spec.fields();
        int n = declared.size();
        fields = declared.toArray(Field<?>[]::new);
        indexes = new int[n];
        readable = new boolean[n];
        writable = new boolean[n];
        for (int i = 0; i < n; i++) {
            indexes[i] = frame.indexOf(fields[i]);
            readable[i] = spec.reads().contains(fields[i]) || spec.mayRead().contains(fields[i]);
            writable[i] = spec.writes().contains(fields[i]);
        }
    }

    /** The content of a field that the stage declared to read, and that is present. */
    public <T> T read(Field<T> field) {
        int at = find(field);
        if (at < 0 || !readable[at]) {
            throw undeclared(field, "reads");
        }
        if (!frame.isPresent(indexes[at])) {
            throw new IllegalStateException(
                    "stage '" + spec.name() + "' reads '" + field + "', which is absent: ask has() first");
        }
        return frame.content(field, indexes[at]);
    }

    /** Whether a field that the stage may read is there: false where the stage that writes it failed or was late. */
    public boolean has(Field<?> field) {
        int at = find(field);
        if (at < 0 || !readable[at]) {
            throw undeclared(field, "reads");
        }
        return frame.isPresent(indexes[at]);
    }

    /** The array or the kept holder to fill; later stages see it once this stage has returned. */
    public <T> T write(Field<T> field) {
        return frame.content(field, writable(field));
    }

    /** Gives an assigned value its content. */
    public <T> void set(Value<T> value, T content) {
        if (value.isKept()) {
            throw new IllegalArgumentException("value '" + value + "' is kept: fill what write() returns");
        }
        frame.assign(writable(value), content);
    }

    /** The number of candidates. */
    public int size() {
        return frame.candidates().size();
    }

    /** The largest number of candidates. */
    public int capacity() {
        return frame.candidates().capacity();
    }

    /** Sets the number of candidates; the columns of new ones hold garbage until they are written. */
    public void resize(int size) {
        requireShaping();
        frame.candidates().resize(size);
    }

    /** Keeps the candidates at the given rows, in this order, in every column. Arrays read before stay valid. */
    public void select(int[] rows, int n) {
        requireShaping();
        frame.select(rows, n);
    }

    /** Says that the stage has done less than it should, and why: the run goes on with what it wrote. */
    public void partial(String reason) {
        shortfall = reason;
    }

    /** The moment by which the stage should be done: its part of the request's deadline. */
    public Deadline deadline() {
        return deadline;
    }

    void begin(Deadline newDeadline) {
        deadline = newDeadline;
        shortfall = "";
    }

    String shortfall() {
        return shortfall;
    }

    private int writable(Field<?> field) {
        int at = find(field);
        if (at < 0 || !writable[at]) {
            throw undeclared(field, "writes");
        }
        return indexes[at];
    }

    private int find(Field<?> field) {
        for (int i = 0; i < fields.length; i++) {
            if (fields[i] == field) {
                return i;
            }
        }
        return -1;
    }

    private void requireShaping() {
        if (!spec.shapes()) {
            throw new IllegalStateException(
                    "stage '" + spec.name() + "' changes which candidates there are: declare it with shaping()");
        }
    }

    private IllegalStateException undeclared(Field<?> field, String verb) {
        return new IllegalStateException(
                "stage '" + spec.name() + "' " + verb + " '" + field + "' without having declared it in its spec");
    }
}
