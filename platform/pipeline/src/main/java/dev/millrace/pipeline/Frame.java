package dev.millrace.pipeline;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The memory of one request: the candidates' columns, the request's values, and a call per stage. It is reused by later
 * requests once it is closed and the last abandoned stage that still touches it has ended. Owned by the thread that
 * runs the request.
 */
public final class Frame implements AutoCloseable {
    private final Pipeline pipeline;
    private final List<Field<?>> fields;
    private final int columns;
    private final Candidates candidates;
    private final @Nullable Object[] contents;
    private final StageCall[] calls;
    private final AtomicInteger users = new AtomicInteger();
    private long present;

    /** @param fields every column, then every value */
    Frame(Pipeline pipeline, List<Field<?>> fields, int capacity) {
        this.pipeline = pipeline;
        this.fields = fields;
        List<Column<?>> allColumns =
                fields.stream().<Column<?>>mapMulti(Frame::keepColumn).toList();
        columns = allColumns.size();
        candidates = new Candidates(capacity, allColumns);
        contents = new @Nullable Object[fields.size()];
        for (int i = 0; i < contents.length; i++) {
            contents[i] = fields.get(i) instanceof Value<?> value ? value.create() : candidates.array(i);
        }
        calls = new StageCall[pipeline.stages().size()];
        for (int i = 0; i < calls.length; i++) {
            calls[i] = new StageCall(pipeline.stages().get(i), this, pipeline.meter(i));
        }
    }

    /** Gives the run an input. */
    public <T> Frame put(Value<T> input, T content) {
        int index = indexOf(input);
        assign(index, content);
        present |= 1L << index;
        return this;
    }

    /** The content of a field after a run. */
    public <T> T get(Field<T> field) {
        int index = indexOf(field);
        if (!isPresent(index)) {
            throw new IllegalStateException("'" + field + "' is absent: no stage that writes it has succeeded");
        }
        return content(field, index);
    }

    /** Whether a field was written in this run; a field that the pipeline does not have was not. */
    public boolean has(Field<?> field) {
        int index = fields.indexOf(field);
        return index >= 0 && isPresent(index);
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        release();
    }

    /** Begins a request. */
    Frame open() {
        users.set(1);
        present = 0;
        candidates.resize(0);
        return this;
    }

    void retain() {
        users.incrementAndGet();
    }

    /** The last user to leave forgets the request and gives the frame back to its pipeline. */
    void release() {
        if (users.decrementAndGet() == 0) {
            for (int i = columns; i < contents.length; i++) {
                forget(i);
            }
            pipeline.reuse(this);
        }
    }

    StageCall call(int stage) {
        return calls[stage];
    }

    Candidates candidates() {
        return candidates;
    }

    void select(int[] rows, int n) {
        candidates.select(rows, n, present);
    }

    boolean isPresent(int index) {
        return (present & (1L << index)) != 0;
    }

    void markPresent(List<Field<?>> written) {
        for (int i = 0; i < written.size(); i++) {
            present |= 1L << indexOf(written.get(i));
        }
    }

    void assign(int index, Object content) {
        contents[index] = content;
    }

    @SuppressWarnings("unchecked") // contents[index] was made or assigned through this very field.
    <T> T content(Field<T> field, int index) {
        Object content = contents[index];
        if (content == null) {
            throw new IllegalStateException("'" + field + "' is declared as written, and nothing was assigned to it");
        }
        return (T) content;
    }

    int indexOf(Field<?> field) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i) == field) {
                return i;
            }
        }
        throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' has no field '" + field + "'; it has "
                + Arrays.toString(fields.toArray()));
    }

    private void forget(int index) {
        Object content = contents[index];
        if (content != null && fields.get(index) instanceof Value<?> value && !value.isKept()) {
            contents[index] = null;
            value.forget(content);
        }
    }

    private static void keepColumn(Field<?> field, Consumer<Column<?>> into) {
        if (field instanceof Column<?> column) {
            into.accept(column);
        }
    }
}
