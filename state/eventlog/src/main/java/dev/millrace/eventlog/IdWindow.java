package dev.millrace.eventlog;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The ids of the newest events of a log, as 128-bit hashes. Owned by the writing thread.
 *
 * <p>Idea: the hashes stand in the order of their offsets in chunks outside the heap; 256 small tables map a hash to the
 * lower 31 bits of its offset, which are enough since the window is shorter. A table grows alone, so that no growth takes
 * longer than a fraction of a millisecond. Removing shifts later entries back (Knuth 6.4, algorithm R), so tables never
 * fill with graves. An event that is not on disk yet can be taken back; older ids are forgotten only when it is.
 *
 * <p>Cost: 16 bytes an id and 6 to 12 of table; 2 to 3 cache misses a look-up.
 */
final class IdWindow {
    private static final int CHUNK_SHIFT = 16;
    private static final int CHUNK_IDS = 1 << CHUNK_SHIFT;
    private static final int PARTITIONS = 256;
    private static final int OCCUPIED = 0x8000_0000;
    private static final int OFFSET_BITS = 0x7FFF_FFFF;

    private final long capacity;
    private final Partition[] partitions = new Partition[PARTITIONS];
    private final List<MemorySegment> chunks = new ArrayList<>();
    private final Deque<MemorySegment> spareChunks = new ArrayDeque<>();
    private long firstChunk;
    private long first;
    private long next;

    /** @param firstOffset the offset of the first event that will be added */
    IdWindow(int capacity, long firstOffset) {
        this.capacity = capacity;
        this.first = firstOffset;
        this.next = firstOffset;
        this.firstChunk = firstOffset >> CHUNK_SHIFT;
        for (int i = 0; i < PARTITIONS; i++) {
            partitions[i] = new Partition();
        }
    }

    /** The offset of the oldest id that is remembered. */
    long first() {
        return first;
    }

    /** @return the offset of an event with this id among the newest {@code capacity}, or −1 */
    long find(long high, long low) {
        long offset = partition(low).find(high, low);
        return offset >= next - capacity ? offset : -1;
    }

    /** Adds the id of the next event. */
    void add(long high, long low) {
        long offset = next++;
        int chunk = (int) ((offset >> CHUNK_SHIFT) - firstChunk);
        if (chunk == chunks.size()) {
            MemorySegment spare = spareChunks.poll();
            chunks.add(spare == null ? Arena.ofAuto().allocate(16L << CHUNK_SHIFT, 64) : spare);
        }
        chunks.get(chunk).set(ValueLayout.JAVA_LONG, at(offset), high);
        chunks.get(chunk).set(ValueLayout.JAVA_LONG, at(offset) + 8, low);
        partition(low).insert(offset, low);
    }

    /** Forgets events from an offset on: they did not reach the disk. */
    void takeBack(long from) {
        while (next > from) {
            partition(low(next - 1)).remove(next - 1, low(next - 1));
            next--;
        }
    }

    /** Forgets what has left the window. */
    void forgetOld() {
        for (; first < next - capacity; first++) {
            partition(low(first)).remove(first, low(first));
            if (((first + 1) & (CHUNK_IDS - 1)) == 0) {
                spareChunks.add(chunks.removeFirst());
                firstChunk++;
            }
        }
        while (spareChunks.size() > 1) {
            spareChunks.poll();
        }
    }

    /** The hashes of events from one offset to another, high and low half of each in turn. */
    long[] copy(long from, long to) {
        long[] hashes = new long[Math.toIntExact(2 * (to - from))];
        long offset = from;
        while (offset < to) {
            int count = (int) Math.min(to - offset, CHUNK_IDS - (offset & (CHUNK_IDS - 1)));
            int at = (int) (2 * (offset - from));
            MemorySegment.copy(chunk(offset), ValueLayout.JAVA_LONG, at(offset), hashes, at, 2 * count);
            offset += count;
        }
        return hashes;
    }

    private long high(long offset) {
        return chunk(offset).get(ValueLayout.JAVA_LONG, at(offset));
    }

    private long low(long offset) {
        return chunk(offset).get(ValueLayout.JAVA_LONG, at(offset) + 8);
    }

    private MemorySegment chunk(long offset) {
        return chunks.get((int) ((offset >> CHUNK_SHIFT) - firstChunk));
    }

    private static long at(long offset) {
        return (offset & (CHUNK_IDS - 1)) << 4;
    }

    private Partition partition(long low) {
        return partitions[(int) (low >>> 56)];
    }

    /** One of the small tables: linear probing, at most 2/3 full. */
    private final class Partition {
        private int[] slots = new int[16];
        private int size;

        /** @return −1 when there is none; of several with the same id, which only old ones can be, the first found */
        long find(long high, long low) {
            int mask = slots.length - 1;
            long newest = -1;
            for (int i = (int) low & mask; slots[i] != 0; i = (i + 1) & mask) {
                long offset = offset(slots[i]);
                if (offset > newest && low(offset) == low && high(offset) == high) {
                    newest = offset;
                }
            }
            return newest;
        }

        void insert(long offset, long low) {
            if ((size + 1) * 3 > slots.length * 2) {
                grow();
            }
            place(slots, ((int) offset & OFFSET_BITS) | OCCUPIED, low);
            size++;
        }

        void remove(long offset, long low) {
            int mask = slots.length - 1;
            int wanted = ((int) offset & OFFSET_BITS) | OCCUPIED;
            int hole = (int) low & mask;
            while (slots[hole] != wanted) {
                hole = (hole + 1) & mask;
            }
            for (int i = (hole + 1) & mask; slots[i] != 0; i = (i + 1) & mask) {
                int home = (int) low(offset(slots[i])) & mask;
                // An entry may fill the hole when its home is not between the hole and itself.
                if (((i - home) & mask) >= ((i - hole) & mask)) {
                    slots[hole] = slots[i];
                    hole = i;
                }
            }
            slots[hole] = 0;
            size--;
        }

        private void grow() {
            int[] larger = new int[slots.length * 2];
            for (int slot : slots) {
                if (slot != 0) {
                    place(larger, slot, low(offset(slot)));
                }
            }
            slots = larger;
        }

        private void place(int[] into, int slot, long low) {
            int mask = into.length - 1;
            int i = (int) low & mask;
            while (into[i] != 0) {
                i = (i + 1) & mask;
            }
            into[i] = slot;
        }

        private long offset(int slot) {
            return next - ((next - slot) & OFFSET_BITS);
        }
    }
}
