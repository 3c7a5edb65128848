package dev.millrace.storage.segment;

/**
 * A record as it lies in a buffer: what it says, and where its value is. Reused; owned by one thread.
 */
public final class StoredRow {
    public int table;
    public long key;
    public long sequence;
    public int expiry;
    public boolean removal;
    /** Where the value begins in memory. */
    public long address;

    public int length;
    /** Whose row it is, once a personal table has decrypted it, or before it is encrypted. */
    public long personHigh;

    public long personLow;
    /** The first word of the encrypted value, which names the key. */
    public long keyWord;
    /** Where the record lies; −1 where it was read by place. */
    public long place = -1;
}
