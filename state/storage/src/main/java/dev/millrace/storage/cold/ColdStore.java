package dev.millrace.storage.cold;

import dev.millrace.runtime.Deadline;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * Named objects that never change, below the disk: each is a file that {@link ColdObjectWriter} sealed. Every failure is
 * a {@link ColdStoreException}. Thread-safe.
 */
public interface ColdStore extends AutoCloseable {
    /**
     * Stores a sealed file, whole and durably or not at all. To put what is there already does nothing; the file's own
     * checksums are verified before.
     *
     * @throws ColdStoreException {@code CONFLICT} when the name has other content; {@code DAMAGED} when the file is not
     *     whole
     */
    void put(ColdName name, Path file) throws ColdStoreException;

    /**
     * Reads bytes {@code offset} to {@code offset + length} of the object, as they are stored, to the beginning of
     * {@code into}. On failure some of them may have been written.
     *
     * @throws ColdStoreException {@code MISSING}; {@code DAMAGED} when the object ends before; {@code LATE}
     */
    void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline) throws ColdStoreException;

    /** The size of the whole object in bytes, its footer included. */
    long size(ColdName name, Deadline deadline) throws ColdStoreException;

    /** Every object whose name begins with {@code prefix}, ordered by name; an empty prefix gives all. */
    List<ColdEntry> list(String prefix) throws ColdStoreException;

    /** Removes an object; to remove what is not there does nothing. */
    void delete(ColdName name) throws ColdStoreException;

    @Override
    void close();
}
