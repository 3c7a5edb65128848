package dev.millrace.storage.memory;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What was appended to the log lately, without the values: of each record its table, its key and its place. Guarded by the log's
 * lock; what {@link #between} gives may be read by anybody.
 *
 * <p>Nobody has to remember: where too much has come since it was last forgotten, all of it goes, and who wants it reads the log.
 */
public final class RecentChanges {
    /** 20 bytes each. */
    static final int MOST = 1 << 20;

    static final int CHUNK = 1 << 14;
    /** As many as an increment of the checkpoint takes. */
    private static final int MOST_SPARE = 16;

    /** From the oldest on; all but the last are full, and nothing changes in what is filled. */
    private final List<Chunk> chunks = new ArrayList<>();
    /** Used again when {@link #forget} says that nobody reads them. */
    private final List<Chunk> spare = new ArrayList<>();
    /** The number of the first change in the chunks. */
    private long first;
    /** How many there have been since the log was opened. */
    private long count;

    /** Sees changes in the order in which they came. */
    @FunctionalInterface
    public interface Visitor {
        /** @param place of the row; −1 where it was removed */
        void visit(int table, long key, long place);
    }

    /** Changes one behind the other. */
    public static final class Range {
        private final List<Chunk> chunks;
        private final int from;
        private final int until;

        private Range(List<Chunk> chunks, int from, int until) {
            this.chunks = List.copyOf(chunks);
            this.from = from;
            this.until = until;
        }

        public int count() {
            return until - from;
        }

        public void forEach(Visitor visitor) {
            for (int i = from; i < until; i++) {
                Chunk chunk = chunks.get(i / CHUNK);
                visitor.visit(chunk.tables[i % CHUNK], chunk.keys[i % CHUNK], chunk.places[i % CHUNK]);
            }
        }
    }

    private static final class Chunk {
        final int[] tables = new int[CHUNK];
        final long[] keys = new long[CHUNK];
        final long[] places = new long[CHUNK];
    }

    public RecentChanges() {}

    public long count() {
        return count;
    }

    public void add(int table, long key, long place) {
        int at = (int) (count - first);
        if (at == MOST) {
            // Not to be used again: somebody may be reading them.
            chunks.clear();
            first = count;
            at = 0;
        }
        if (at % CHUNK == 0) {
            chunks.add(spare.isEmpty() ? new Chunk() : spare.removeLast());
        }
        Chunk chunk = chunks.getLast();
        chunk.tables[at % CHUNK] = table;
        chunk.keys[at % CHUNK] = key;
        chunk.places[at % CHUNK] = place;
        count++;
    }

    /**
     * @param from how many came before the first
     * @param until how many came up to the last
     * @return nothing where some of them are not known any more
     */
    public @Nullable Range between(long from, long until) {
        if (from < first) {
            return null;
        }
        return new Range(chunks, (int) (from - first), (int) (until - first));
    }

    /** Nobody reads what came up to there again. */
    public void forget(long until) {
        while (chunks.size() > 1 && first + CHUNK <= until) {
            Chunk chunk = chunks.removeFirst();
            first += CHUNK;
            if (spare.size() < MOST_SPARE) {
                spare.add(chunk);
            }
        }
    }
}
