package dev.millrace.features;

import dev.millrace.storage.SnapshotWriter;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Puts the parts of captures, which name their section each time, into a snapshot. Owned by one thread. */
public final class SectionWriter {
    private static final int ROWS = 1024;

    private final SnapshotWriter snapshot;
    private @Nullable String name;
    private @Nullable DataOutputStream section;

    public SectionWriter(SnapshotWriter snapshot) {
        this.snapshot = snapshot;
    }

    /** Writes bytes of a section; one with another name than the last is begun. */
    public void write(String to, byte[] bytes) throws IOException {
        DataOutputStream out = section;
        if (out == null || !to.equals(name)) {
            endSection();
            out = snapshot.section(to);
            section = out;
            name = to;
        }
        out.write(bytes);
    }

    /** Ends the last section, before the snapshot is committed. */
    public void endSection() throws IOException {
        if (section != null) {
            section.close();
            section = null;
        }
    }

    /** Writes a capture to its end, and ends its last section. */
    public void writeAll(Capture capture) throws IOException {
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(part);
        for (String to = capture.write(out, ROWS); to != null; to = capture.write(out, ROWS)) {
            write(to, part.toByteArray());
            part.reset();
        }
        endSection();
    }
}
