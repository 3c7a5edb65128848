package dev.millrace.storage;

import dev.millrace.storage.personal.SubjectId;

import java.lang.foreign.MemorySegment;

/**
 * A table of values of 0 to a limit of bytes under 64-bit keys.
 *
 * <p>Thread-safe. Reads take no lock and see each value whole: as it was before or after a write, never a mixture.
 *
 * <p>Values of a batch lie one behind the other: the first at the batch's offset, each other at the next multiple of
 * {@link #ALIGNMENT} bytes from there behind the end of the one before it ({@link #aligned}).
 */
public interface ValueTable extends AutoCloseable {
    /** What reading gives instead of a length where there is no value. */
    int NONE = -1;

    /** Values of a batch begin at multiples of this. */
    int ALIGNMENT = 8;

    /** Where the value behind so many bytes of a batch begins. */
    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** The limit of a value's length. */
    int maxValueBytes();

    /** The number of values. */
    long size();

    /**
     * Reads a value to {@code offset} of {@code into}.
     *
     * @return its length, or {@link #NONE}
     * @throws IllegalArgumentException where {@code into} has no room for it
     */
    int get(long key, MemorySegment into, long offset);

    /**
     * Reads values one behind the other, the first to {@code offset}. A key without a value takes no room.
     *
     * @param lengths where {@code lengths[i]} becomes the length of the value of {@code keys[i]}, or {@link #NONE}
     * @return the end of the last value
     * @throws IllegalArgumentException where {@code into} has no room for them
     */
    long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths);

    /**
     * Adds or replaces a value.
     *
     * @return the position to wait for until it is on disk, where the table is on one
     * @throws IllegalArgumentException where the value is longer than the limit
     */
    long put(long key, MemorySegment from, long offset, int bytes);

    /**
     * {@link #put} of a value of one person; where the table is not personal, it does not matter whose it is.
     *
     * @throws dev.millrace.model.MillraceException {@code CONFLICT} where the table is personal and the person's key was dropped
     */
    default long put(SubjectId owner, long key, MemorySegment from, long offset, int bytes) {
        return put(key, from, offset, bytes);
    }

    /** Whether values are encrypted outside of memory, each with the key of the person whose it is. */
    default boolean isPersonal() {
        return false;
    }

    /**
     * Adds or replaces values, which lie one behind the other. When it fails, a first part of them may be there.
     *
     * @return the position to wait for until they are on disk, where the table is on one
     */
    long putBatch(long[] keys, int count, MemorySegment from, long offset, int[] lengths);

    /** @return whether there was a value */
    boolean remove(long key);

    /**
     * Whether the value that this thread asked for last is absent only because a tier did not give it in time: who would replace it must
     * not take it for none.
     */
    default boolean wasOutOfReach() {
        return false;
    }

    /** Visits every value in no particular order. */
    void forEach(ValueVisitor visitor);

    @Override
    void close();

    /** Sees one value of a table; the memory is valid only during the call. */
    @FunctionalInterface
    interface ValueVisitor {
        void visit(long key, MemorySegment value);
    }
}
