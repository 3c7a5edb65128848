package dev.millrace.storage.cold;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Verified blocks and footers in at most a given number of bytes, room for what is being fetched included.
 *
 * <p>Eviction is CLOCK, the second chance of Corbató (1968): a hit sets a mark and takes no lock; the hand takes the
 * oldest entry, and one that was marked goes round once more. Popular rows are kept above this cache, so that what is left
 * has little to gain from a cleverer order. Thread-safe.
 */
final class BlockCache {
    /** Key, slot, map node and array header of an entry, as a 64-bit JVM lays them out. */
    static final int ENTRY_BYTES = 160;

    private final long capacityBytes;
    private final ConcurrentHashMap<BlockKey, Slot> slots = new ConcurrentHashMap<>();

    /** Guards the fields below and every change of {@link #slots}. */
    private final Object lock = new Object();

    private final Deque<Slot> hand = new ArrayDeque<>();
    private long bytes;

    private static final class Slot {
        final BlockKey key;
        final Cached content;
        volatile boolean used;

        Slot(BlockKey key, Cached content) {
            this.key = key;
            this.content = content;
        }

        int bytes() {
            return content.weight() + ENTRY_BYTES;
        }
    }

    BlockCache(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    @Nullable
    Cached get(BlockKey key) {
        Slot slot = slots.get(key);
        if (slot == null) {
            return null;
        }
        if (!slot.used) {
            slot.used = true;
        }
        return slot.content;
    }

    /**
     * Makes room for content of this weight, before it is fetched.
     *
     * @return whether there is room; the caller then puts the content or gives the room back
     */
    boolean reserve(int weight) {
        synchronized (lock) {
            long wanted = weight + (long) ENTRY_BYTES;
            if (!makeRoom(wanted)) {
                return false;
            }
            bytes += wanted;
            return true;
        }
    }

    void giveBack(int weight) {
        synchronized (lock) {
            bytes -= weight + (long) ENTRY_BYTES;
        }
    }

    /** Keeps content for whose weight room was reserved. */
    void put(BlockKey key, Cached content) {
        Slot slot = new Slot(key, content);
        synchronized (lock) {
            Slot before = slots.put(key, slot);
            if (before != null) {
                bytes -= before.bytes();
                hand.remove(before);
            }
            hand.add(slot);
        }
    }

    void removeAll(ColdName name) {
        synchronized (lock) {
            for (Iterator<Slot> all = hand.iterator(); all.hasNext(); ) {
                Slot slot = all.next();
                if (slot.key.name().equals(name)) {
                    all.remove();
                    slots.remove(slot.key);
                    bytes -= slot.bytes();
                }
            }
        }
    }

    /** Of what is kept and of what room is reserved for. */
    long bytes() {
        synchronized (lock) {
            return bytes;
        }
    }

    private boolean makeRoom(long wanted) {
        while (bytes + wanted > capacityBytes) {
            Slot oldest = hand.poll();
            if (oldest == null) {
                return false;
            }
            if (oldest.used) {
                oldest.used = false;
                hand.add(oldest);
            } else {
                slots.remove(oldest.key);
                bytes -= oldest.bytes();
            }
        }
        return true;
    }
}
