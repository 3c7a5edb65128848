package dev.millrace.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The snapshots of one kind in a directory, named by their log offset. Owned by one thread. */
public final class SnapshotDirectory {
    private final Path directory;
    private final String kind;

    public SnapshotDirectory(Path directory, String kind) {
        this.directory = directory;
        this.kind = kind;
    }

    /** The file for a snapshot up to this offset. */
    public Path file(long logOffset) {
        return directory.resolve("%s-%020d.snapshot".formatted(kind, logOffset));
    }

    /** Every finished snapshot, the one with the highest log offset first. */
    public List<Path> newestFirst() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Deletes all but the newest {@code keep} snapshots, and what broken-off writers left. */
    public void prune(int keep) throws IOException {
        throw new UnsupportedOperationException();
    }
}
