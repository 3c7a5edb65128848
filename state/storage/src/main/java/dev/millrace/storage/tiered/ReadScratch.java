package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.RecordReader;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What one thread needs to read a batch, kept for its next. */
final class ReadScratch {
    /** Keys read in one go: their positions, entries and rows' first lines stay in the caches. */
    static final int BLOCK = 512;

    final long[] positions = new long[BLOCK];
    final long[] entries = new long[BLOCK];
    final long[] addresses = new long[BLOCK];
    final byte[] matches = new byte[BLOCK];
    final float[] weights = new float[BLOCK];
    final int[] misses = new int[BLOCK];
    /** Keys whose rows lie on disk, where, and those that are to be read one by one. */
    final int[] onDisk = new int[BLOCK];

    /** How many of them; the batch that reads them now, if one does, and since when. */
    int onDiskCount;

    @Nullable
    RecordBatch batch;

    long began;

    final long[] places = new long[BLOCK];
    /** Which of the keys the batch has answered. */
    final boolean[] answered = new boolean[BLOCK];

    final int[] rest = new int[BLOCK];
    /** Of the keys that are not in their home lines: themselves, what was found for them, and those that are not in the next line either. */
    final long[] restKeys = new long[BLOCK];

    final long[] restEntries = new long[BLOCK];
    final int[] farther = new int[BLOCK];
    final boolean[] found = new boolean[BLOCK];
    /** A frequency that no entry of the batch is below. */
    int commonFrequency;
    /** What the weights of the rows of a sum add up to. */
    double weightSum;

    final StoredRow row = new StoredRow();
    final RecordReader records;
    /** Why the row that was read last is not there; of a batch, whether one of its rows is out of reach. */
    RowOutcome absence = RowOutcome.ABSENT;
    /** Whether a row of this batch was out of reach. Set by those who help this thread, and read when they are done. */
    boolean late;

    private float[] sum = new float[256];
    private float[] floats = new float[256];
    private byte[] bytes = {};
    private MemorySegment plain = MemorySegment.NULL;
    /** How much of it was given out since it was last overwritten. */
    private int plainBytes;
    /** Takes what loads give that only fill the cache. */
    long sink;

    ReadScratch(Segments segments) {
        this.records = new RecordReader(segments);
    }

    float[] sumOf(int dimensions) {
        if (sum.length < dimensions) {
            sum = new float[dimensions];
        }
        return sum;
    }

    /** For so many floats of rows. */
    float[] rowsOf(int count) {
        if (floats.length < count) {
            floats = new float[count];
        }
        return floats;
    }

    /** Where a row is decrypted to. */
    MemorySegment plainOf(int length) {
        if (plain.byteSize() < length || plain.address() == 0) {
            plain = Arena.ofAuto().allocate(Math.max(256, Integer.highestOneBit(Math.max(1, length)) * 2L), Long.BYTES);
        }
        plainBytes = Math.max(plainBytes, length);
        return plain.asSlice(0, length);
    }

    /** Overwrites what was decrypted: nobody would find it here when its person is erased. */
    void forgetPlain() {
        if (plainBytes > 0) {
            plain.asSlice(0, plainBytes).fill((byte) 0);
            plainBytes = 0;
        }
    }

    /** Overwrites what was read into the other rooms. */
    void forgetRooms() {
        Arrays.fill(sum, 0);
        Arrays.fill(floats, 0);
        Arrays.fill(bytes, (byte) 0);
    }

    byte[] bytesOf(int length) {
        if (bytes.length < length) {
            bytes = new byte[length];
        }
        return bytes;
    }
}
