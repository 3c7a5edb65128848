package dev.millrace.index;

import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a vector index at one moment, oldest first. Immutable, but that the last buffer grows.
 *
 * @param buffers the last one is written to, the others are full and wait to be merged; never empty
 */
record VectorParts(List<VectorSegment> segments, List<VectorDelta> buffers) {
    VectorDelta writable() {
        return buffers.getLast();
    }

    VectorParts withBuffer(VectorDelta buffer) {
        List<VectorDelta> more = new ArrayList<>(buffers);
        more.add(buffer);
        return new VectorParts(segments, List.copyOf(more));
    }

    /** Puts a segment in the place of the youngest segments and the oldest buffers. */
    VectorParts merged(int youngestSegments, int oldestBuffers, List<VectorSegment> into) {
        List<VectorSegment> kept = new ArrayList<>(segments.subList(0, segments.size() - youngestSegments));
        kept.addAll(into);
        return new VectorParts(List.copyOf(kept), List.copyOf(buffers.subList(oldestBuffers, buffers.size())));
    }
}
