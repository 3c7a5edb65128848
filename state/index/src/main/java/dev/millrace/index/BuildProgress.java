package dev.millrace.index;

import org.apache.lucene.util.InfoStream;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells how far Lucene has come with a build, which it says in its log alone. Thread-safe. */
final class BuildProgress extends InfoStream {
    /** What several threads and what one thread writes, about every two thousand and every ten thousand vectors. */
    private static final Pattern ADDED = Pattern.compile("addVectors \\[.*\\): (\\d+) vectors in .*");

    private static final Pattern BUILT = Pattern.compile("built (\\d+) in .*");
    /** Reading a row takes about this part of the time that its place in the graph takes. */
    private static final int READING_PARTS = 20;

    private final long n;
    private final Progress progress;
    private long read;
    private long added;
    private long told;

    BuildProgress(int n, Progress progress) {
        this.n = n;
        this.progress = progress;
    }

    synchronized void read(int rows) {
        if (rows % 4_096 == 0 || rows == n) {
            read = rows;
            tell();
        }
    }

    synchronized void finish() {
        read = n;
        added = n;
        tell();
    }

    @Override
    public synchronized void message(String component, String message) {
        Matcher several = ADDED.matcher(message);
        Matcher single = BUILT.matcher(message);
        if (several.matches()) {
            added = Math.min(n, added + Long.parseLong(several.group(1)));
        } else if (single.matches()) {
            added = Math.max(added, Math.min(n, Long.parseLong(single.group(1))));
        } else {
            return;
        }
        tell();
    }

    @Override
    public boolean isEnabled(String component) {
        return "HNSW".equals(component);
    }

    @Override
    public void close() {}

    private void tell() {
        long done = (read + (READING_PARTS - 1) * added) / READING_PARTS;
        if (done > told) {
            told = done;
            progress.update(done, n);
        }
    }
}
