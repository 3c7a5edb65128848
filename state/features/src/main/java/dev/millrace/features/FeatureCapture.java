package dev.millrace.features;

import dev.millrace.model.Event;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The feature state as of one offset but for its rows, read part by part. Items and users that come later have higher ordinals and are
 * left out; an event changes its own item or user alone, and these are kept before it is applied. Owned by
 * the writer of the state.
 */
final class FeatureCapture implements Capture {
    private final FeatureState state;
    private final FeatureSnapshot snapshot;
    private final byte[] topics;
    private final byte[] arms;
    private final Rows items;
    private final Rows users;
    private int section;

    /** Writes the present content of one row. */
    @FunctionalInterface
    private interface RowWriter {
        void write(int row, DataOutput out) throws IOException;
    }

    /** The topics and arms are few: they are taken at once. */
    FeatureCapture(FeatureState state) {
        this.state = state;
        this.snapshot = new FeatureSnapshot(
                state, FeatureSnapshot.VERSION, new SealedUsers(state.tables().cipher(), state.appliedOffset()));
        this.topics = bytes((row, out) -> snapshot.writeTopics(out), 0);
        this.arms = bytes((row, out) -> snapshot.writeArms(out), 0);
        this.items = new Rows(state.catalog().size(), snapshot::writeItem);
        this.users = new Rows(state.users().size(), snapshot::writeUser);
    }

    /** Keeps what an event is about to change. */
    void before(Event event) {
        switch (event) {
            // Counts and histories are rows, which their tables keep.
            case Event.Action _ -> {}
            case Event.ItemUpserted upserted ->
                items.keep(state.catalog().ordinal(upserted.item().id()));
            case Event.ItemDeleted deleted -> items.keep(state.catalog().ordinal(deleted.item()));
            case Event.UserUpserted upserted ->
                users.keep(state.users().ordinal(upserted.user().id()));
            case Event.UserDeleted deleted -> users.keep(state.users().ordinal(deleted.user()));
            // The arms were taken when the capture began.
            case Event.SlateServed _ -> {}
        }
    }

    /** Keeps a user who is about to be forgotten: as deleted, since their key is gone. */
    void beforeUser(int user) {
        users.keep(user);
    }

    @Override
    public @Nullable String write(DataOutput out, int rows) throws IOException {
        if (section == FeatureSnapshot.SECTIONS.size()) {
            return null;
        }
        String name = FeatureSnapshot.SECTIONS.get(section);
        boolean ended = true;
        switch (name) {
            case "topics" -> out.write(topics);
            case "items" -> ended = items.write(out, rows);
            case "users" -> ended = users.write(out, rows);
            case "arms" -> out.write(arms);
            default -> throw new IllegalStateException("section " + name);
        }
        section += ended ? 1 : 0;
        return name;
    }

    @Override
    public long keptBytes() {
        return items.keptBytes + users.keptBytes;
    }

    @Override
    public void close() {
        state.end(this);
    }

    private static byte[] bytes(RowWriter writer, int row) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writer.write(row, new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    /** The rows of one table, from the first to the last that there was. */
    private static final class Rows {
        private final int count;
        private final RowWriter writer;
        private final Map<Integer, byte[]> kept = new HashMap<>();
        private long keptBytes;
        private int next;
        private boolean begun;

        Rows(int count, RowWriter writer) {
            this.count = count;
            this.writer = writer;
        }

        void keep(int row) {
            if (row >= next && row < count && !kept.containsKey(row)) {
                byte[] content = bytes(writer, row);
                kept.put(row, content);
                keptBytes += content.length;
            }
        }

        /** Whether that was the last. */
        boolean write(DataOutput out, int rows) throws IOException {
            if (!begun) {
                out.writeInt(count);
                begun = true;
            }
            for (int end = (int) Math.min(count, next + (long) rows); next < end; next++) {
                byte[] content = kept.remove(next);
                if (content == null) {
                    writer.write(next, out);
                } else {
                    keptBytes -= content.length;
                    out.write(content);
                }
            }
            return next == count;
        }
    }
}
