package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A live index that finds the vectors with the greatest inner product with a query. Thread-safe; searches take no lock.
 *
 * <p>What was there at the build lies in one segment with a graph. What is added later goes to a buffer that is scanned
 * whole; a full buffer becomes a segment of its own, merged with younger segments at most twice its size, by a thread of
 * the index, so that there are O(log additions) of them. A replaced or removed vector stays where it is and is skipped,
 * until its segment is merged or a new model brings a new index. A directory keeps what {@link #build} made and nothing
 * that came later: after a start the caller adds what its catalogue has beyond that.
 */
public final class VectorIndex implements AutoCloseable {
    /** Full buffers that may wait for the merge; after that {@link #add} waits too. */
    private static final int WAITING_BUFFERS = 8;

    private final int dimension;
    private final VectorIndexConfig config;
    private final int builtSegments;
    private final VectorLiveness live = new VectorLiveness();
    private final ScratchPool<VectorScratch> scratches = new ScratchPool<>(VectorScratch::new);
    private final Object lock = new Object();
    private volatile VectorParts parts;
    private int sequence;
    private @Nullable Thread merger;
    private @Nullable Throwable failure;
    private boolean closed;

    private VectorIndex(int dimension, VectorIndexConfig config, List<VectorSegment> built) {
        this.dimension = dimension;
        this.config = config;
        builtSegments = built.size();
        for (VectorSegment segment : built) {
            for (int row = 0; row < segment.size(); row++) {
                live.set(segment.ordinal(row), segment.sequence(row));
                sequence = Math.max(sequence, segment.sequence(row));
            }
        }
        parts = new VectorParts(built, List.of(new VectorDelta(dimension, config.deltaLimit())));
    }

    /**
     * Builds an index over the first {@code n} rows of a source; this takes minutes for a million rows.
     *
     * @throws InvalidValueException when a row is all zero or holds a number that is not finite
     */
    public static VectorIndex build(
            int dimension, int n, VectorSource source, VectorIndexConfig config, Progress progress) {
        Bounds.require("dimension", dimension, 1, 1_024);
        Bounds.require("number of vectors", n, 0, 50_000_000);
        if (n == 0) {
            return new VectorIndex(dimension, config, List.of());
        }
        try (Directory directory = directory(config.directory())) {
            LuceneGraphs.build(directory, dimension, n, new SourceRows(source), config, progress);
            return new VectorIndex(dimension, config, List.of(LuceneGraphs.read(directory, dimension)));
        } catch (IOException e) {
            throw failed("cannot build the vector index", config, e);
        }
    }

    /** Opens what an earlier {@link #build} left in the configured directory. */
    public static VectorIndex open(int dimension, VectorIndexConfig config) {
        if (config.directory() == null) {
            throw new InvalidValueException("index.vector.directory", "is not set; give the directory to open");
        }
        try (Directory directory = directory(config.directory())) {
            return new VectorIndex(dimension, config, List.of(LuceneGraphs.read(directory, dimension)));
        } catch (IOException e) {
            throw failed("cannot open the vector index", config, e);
        }
    }

    public int dimension() {
        return dimension;
    }

    /** How many vectors can be found. */
    public int size() {
        return live.size();
    }

    public boolean contains(int ordinal) {
        return live.contains(ordinal);
    }

    /**
     * Finds up to {@code k} items, best first. When the deadline passes on the way, what was found until then is
     * returned: the caller asks {@link Deadline#isExpired()} whether the answer may be partial.
     *
     * @param accept the items that may be returned; null accepts all
     * @param ordinals receives the items
     * @param scores receives their inner products with the query
     * @return how many were found
     */
    public int search(
            float[] query, int k, @Nullable IntPredicate accept, Deadline deadline, int[] ordinals, float[] scores) {
        VectorRows.require("query vector", query, dimension);
        Bounds.require("k", k, 1, Math.min(10_000, Math.min(ordinals.length, scores.length)));
        VectorParts now = parts;
        VectorScratch scratch = scratches.take();
        TopK best = scratch.best(k);
        for (int i = now.buffers().size() - 1; i >= 0; i--) {
            now.buffers().get(i).search(query, live, accept, deadline, best);
        }
        int beamWidth = Math.max(k, config.searchBeam());
        for (int i = 0; i < now.segments().size(); i++) {
            now.segments().get(i).search(query, beamWidth, live, accept, deadline, scratch, best);
        }
        int count = best.drain(ordinals, scores);
        scratches.giveBack(scratch);
        return count;
    }

    /** Adds or replaces the vector of an item; searches that begin after this returns see it. */
    public void add(int ordinal, float[] vector) {
        Bounds.requireOrdinal(ordinal);
        VectorRows.require("vector of item " + ordinal, vector, dimension);
        synchronized (lock) {
            makeRoom();
            int number = ++sequence;
            parts.writable().append(ordinal, number, vector);
            live.set(ordinal, number);
        }
    }

    /** Removes an item; searches that begin after this returns do not see it. Returns whether it was there. */
    public boolean remove(int ordinal) {
        synchronized (lock) {
            return live.contains(ordinal) && live.set(ordinal, 0) != 0;
        }
    }

    /** Ends the merging; a merge on the way is given up at its next step. What was found before can still be found. */
    @Override
    public void close() {
        Thread running;
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            running = merger;
        }
        if (running != null) {
            joinUninterrupted(running);
        }
    }

    /** Waits until no full buffer is left to merge. */
    void awaitMerged() throws InterruptedException {
        synchronized (lock) {
            while (parts.buffers().size() > 1 && failure == null && !closed) {
                lock.wait();
            }
        }
    }

    int segments() {
        return parts.segments().size();
    }

    private void makeRoom() {
        requireWorking();
        if (!parts.writable().isFull()) {
            return;
        }
        startMerger();
        while (parts.buffers().size() > WAITING_BUFFERS) {
            try {
                lock.wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new MillraceException(ErrorCode.UNAVAILABLE, "interrupted while the vector index merges", e);
            }
            requireWorking();
        }
        parts = parts.withBuffer(new VectorDelta(dimension, config.deltaLimit()));
    }

    private void requireWorking() {
        if (closed) {
            throw new MillraceException(ErrorCode.UNAVAILABLE, "the vector index is closed");
        }
        if (failure != null) {
            throw new MillraceException(
                    ErrorCode.INTERNAL, "the vector index could not merge new vectors: build it again", failure);
        }
    }

    private void startMerger() {
        if (merger == null) {
            merger = Thread.ofPlatform().daemon().name("vector-index-merge").start(this::mergeUntilDone);
        }
    }

    private void mergeUntilDone() {
        try {
            for (VectorParts now = nextMerge(); now != null; now = nextMerge()) {
                merge(now);
            }
        } catch (IOException | RuntimeException | Error e) {
            synchronized (lock) {
                failure = e;
                merger = null;
                lock.notifyAll();
            }
        }
    }

    private @Nullable VectorParts nextMerge() {
        synchronized (lock) {
            VectorParts now = parts;
            boolean full = now.buffers().size() > 1 || now.writable().isFull();
            if (closed || !full) {
                merger = null;
                return null;
            }
            return now;
        }
    }

    private void merge(VectorParts now) throws IOException {
        List<VectorDelta> full =
                now.buffers().stream().filter(VectorDelta::isFull).toList();
        int young = VectorMerge.youngSegments(now.segments(), builtSegments, full.size() * config.deltaLimit());
        List<VectorSegment> segments = now.segments()
                .subList(now.segments().size() - young, now.segments().size());
        List<VectorSegment> built = new VectorMerge(dimension, live, segments, full).build(dimension, config);
        synchronized (lock) {
            if (parts.buffers().size() == full.size()) {
                parts = parts.withBuffer(new VectorDelta(dimension, config.deltaLimit()));
            }
            parts = parts.merged(young, full.size(), built);
            lock.notifyAll();
        }
    }

    private static void joinUninterrupted(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Directory directory(@Nullable Path path) throws IOException {
        return path == null ? new ByteBuffersDirectory() : new MMapDirectory(path);
    }

    private static MillraceException failed(String what, VectorIndexConfig config, IOException cause) {
        String where = config.directory() == null ? "in memory" : "in " + config.directory();
        return new MillraceException(ErrorCode.STORAGE_FAILED, what + " " + where + ": " + cause.getMessage(), cause);
    }

    /** The rows of a source, numbered in its order from 1 on. */
    private record SourceRows(VectorSource source) implements LuceneGraphs.Rows {
        @Override
        public int ordinal(int row) {
            int ordinal = source.ordinal(row);
            Bounds.requireOrdinal(ordinal);
            return ordinal;
        }

        @Override
        public int sequence(int row) {
            return row + 1;
        }

        @Override
        public void vector(int row, float[] into) {
            source.vector(row, into);
        }
    }
}
