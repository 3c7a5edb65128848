package dev.millrace.index;

import java.io.ByteArrayOutputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.IdentityHashMap;

/**
 * The rows of {@link CoVisitation} as they were at one moment, written part by part while it goes on: a row that changes
 * before its turn is kept as it was. Owned by the writer.
 */
public final class CoVisitationCapture {
    /** Below the mark of every capture: a row that no capture has seen. */
    static final int NEVER = 0;

    private final CoVisitation source;
    private final CoVisitationRow[] rows;
    private final long halfLifeMillis;
    private final long draws;
    private final int mark;
    private final IdentityHashMap<CoVisitationRow, byte[]> kept = new IdentityHashMap<>();
    private long keptBytes;
    private int next;
    private boolean begun;

    /** @param mark differs from that of every earlier capture */
    CoVisitationCapture(CoVisitation source, CoVisitationRow[] rows, long halfLifeMillis, long draws, int mark) {
        this.source = source;
        this.rows = rows;
        this.halfLifeMillis = halfLifeMillis;
        this.draws = draws;
        this.mark = mark;
    }

    /** Keeps a row that is about to change, unless its turn was before. */
    void before(CoVisitationRow row) {
        if (row.captured == mark) {
            return;
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try {
            row.save(new DataOutputStream(content));
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        row.captured = mark;
        kept.put(row, content.toByteArray());
        keptBytes += content.size();
    }

    /** A row that was not there when the capture began. */
    void leaveOut(CoVisitationRow row) {
        row.captured = mark;
    }

    /**
     * Writes some more rows.
     *
     * @return whether there are more
     */
    public boolean write(DataOutput out, int count) throws IOException {
        if (!begun) {
            out.writeInt(CoVisitation.FORMAT);
            out.writeLong(halfLifeMillis);
            out.writeLong(draws);
            out.writeInt(rows.length);
            begun = true;
        }
        for (int end = (int) Math.min(rows.length, next + (long) count); next < end; next++) {
            byte[] content = kept.remove(rows[next]);
            if (content == null) {
                rows[next].save(out);
                rows[next].captured = mark;
            } else {
                keptBytes -= content.length;
                out.write(content);
            }
        }
        return next < rows.length;
    }

    /** What is kept of rows that changed before their turn. */
    public long keptBytes() {
        return keptBytes;
    }

    /** Ends the capture, be it finished or not. */
    public void close() {
        source.end(this);
    }
}
