package dev.millrace.storage.memory;

/**
 * Memory in which the rows of a table lie, each in a slot, with what is known of it. The thread that holds the table's lock
 * gives out slots and fills them; any thread reads them, and finds by the {@link CellIndex} whether what it read was whole.
 *
 * <p>A slot is a number that an index entry can hold as a place.
 */
public sealed interface Slab permits RowSlab, ValueSlab {
    /** @return a free slot that holds so many bytes, −1 where there is none */
    long take(int bytes);

    /** Gives a slot back; the entry that pointed to it must be gone before. */
    void release(long slot);

    /** Where a slot's row begins. */
    long address(long slot);

    /** Where the row lies in segments. */
    long home(long slot);

    void setHome(long slot, long place);

    /** Seconds since 1970, 0 where the row does not expire. Only where the table has a time to live. */
    int expiry(long slot);

    void setExpiry(long slot, int seconds);

    /** @return false where the slot is marked already */
    boolean mark(long slot);

    void unmark(long slot);

    /** How many slots hold a row. */
    long taken();

    /**
     * Has the system give pages to about so many bytes more of the memory that no row has needed so far. By one thread at a
     * time, with or without the table's lock.
     *
     * @return whether some are left without
     */
    boolean commit(long bytes);

    /** How many bytes have got their pages by {@link #commit}. */
    long committedBytes();

    /** Gives its memory back, as far as the system takes it; nobody asks for a row any more. */
    void discard();

    /** How many bytes have been touched so far by rows and what belongs to them. */
    Footprint footprint();

    /**
     * Bytes of memory, by what they are for.
     *
     * @param rows with all that lies beside each in its block, where values are of variable size
     * @param homes where rows lie in segments
     * @param marks of the policy
     */
    record Footprint(long rows, long homes, long marks, long expiries) {
        /** What all of them take. */
        public long total() {
            return rows + homes + marks + expiries;
        }
    }
}
