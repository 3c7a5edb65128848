package dev.millrace.storage.personal;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The records that a group of changes makes, before they are written. Owned by the committing thread. */
final class KeyGroup {
    private final KeyGeneration generation;
    private final SecureRandom random;
    private final long nowMillis;
    private final long firstSlot;
    private final List<KeyRecord> records = new ArrayList<>();
    private final List<Long> droppedSlots = new ArrayList<>();

    /** What the index will say of people whom this group has changed already. */
    private final Map<SubjectId, Long> places = new HashMap<>();

    private long nextSequence;

    KeyGroup(KeyGeneration generation, long nextSequence, SecureRandom random, long nowMillis) {
        this.generation = generation;
        this.nextSequence = nextSequence;
        this.random = random;
        this.nowMillis = nowMillis;
        this.firstSlot = generation.file().records() + 1;
    }

    void add(KeyChange change) throws IOException {
        long place = place(change.subject);
        boolean dropped = SubjectIndex.isDropped(place);
        switch (change.kind) {
            case ADMIT -> {
                if (dropped) {
                    change.refuse();
                } else if (place == SubjectIndex.NONE) {
                    addKey(change.subject, false);
                }
            }
            case READMIT -> {
                if (dropped || place == SubjectIndex.NONE) {
                    addKey(change.subject, dropped);
                }
            }
            case DROP -> change.setReceipt(dropped ? receipt(SubjectIndex.slotOf(place)) : addDrop(change, place));
        }
    }

    List<KeyRecord> records() {
        return records;
    }

    /** The slots of keys to overwrite once the drops are on disk. */
    List<Long> droppedSlots() {
        return droppedSlots;
    }

    long nextSequence() {
        return nextSequence;
    }

    /** Shows what was written to readers. */
    void publish() {
        for (int i = 0; i < records.size(); i++) {
            generation.slots().add(firstSlot + i, records.get(i).sequence());
        }
        // Behind the numbers: who finds a key by its user reads its number next.
        places.forEach(generation.index()::put);
        droppedSlots.forEach(generation.cache()::remove);
    }

    /** The receipt of the drop at a slot. */
    static ErasureReceipt receipt(KeyRecord drop) {
        return new ErasureReceipt(
                drop.subject(),
                Instant.ofEpochMilli(drop.millis()),
                drop.sequence(),
                drop.isKey() || drop.keyId() != 0);
    }

    private void addKey(SubjectId subject, boolean readmitted) {
        long id = nextSequence++;
        byte[] bits = TableKey.randomBits(random);
        byte[] sealed = generation.key().wrap(bits, id, subject);
        Arrays.fill(bits, (byte) 0);
        records.add(KeyRecord.key(id, subject, nowMillis, readmitted, sealed));
        places.put(subject, SubjectIndex.live(lastSlot()));
    }

    private ErasureReceipt addDrop(KeyChange change, long place) throws IOException {
        KeyRecord drop = KeyRecord.drop(
                nextSequence++, change.subject, nowMillis, place == SubjectIndex.NONE ? 0 : keyId(place));
        records.add(drop);
        places.put(change.subject, SubjectIndex.dropped(lastSlot()));
        if (place != SubjectIndex.NONE) {
            droppedSlots.add(SubjectIndex.slotOf(place));
        }
        return receipt(drop);
    }

    private ErasureReceipt receipt(long slot) throws IOException {
        KeyRecord drop = record(slot);
        if (drop == null) {
            throw new IOException("the drop at record " + slot + " of the key file is damaged");
        }
        return receipt(drop);
    }

    /** −1 for a key whose record is damaged: there was one all the same. */
    private long keyId(long place) throws IOException {
        KeyRecord key = record(SubjectIndex.slotOf(place));
        return key == null ? -1 : key.keyId();
    }

    private @Nullable KeyRecord record(long slot) throws IOException {
        return slot >= firstSlot
                ? records.get((int) (slot - firstSlot))
                : generation.file().read(slot);
    }

    private long place(SubjectId subject) {
        Long changed = places.get(subject);
        return changed != null ? changed : generation.index().find(subject);
    }

    private long lastSlot() {
        return firstSlot + records.size() - 1;
    }
}
