package dev.millrace.storage.personal;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.disk.Disk;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a key file anew without the keys that were dropped, each key wrapped by a new table key, and that by the given
 * master key. Until the new file has its name on disk, the old one counts; from then on the new one. Used once by the
 * writing thread.
 */
final class KeyRewrite {
    private static final int RECORDS_AT_ONCE = 1 << 12;

    private final Disk disk;
    private final Path directory;
    private final KeyGeneration old;
    private final KeyWrapper wrapper;
    private final Clock clock;
    private final SecureRandom random;
    private final List<KeyRecord> portion = new ArrayList<>();
    private final SubjectIndex index = new SubjectIndex();
    private final KeySlots slots;

    KeyRewrite(Disk disk, Path directory, KeyGeneration old, KeyWrapper wrapper, Clock clock, SecureRandom random) {
        this.disk = disk;
        this.directory = directory;
        this.old = old;
        this.wrapper = wrapper;
        this.clock = clock;
        this.random = random;
        this.slots = new KeySlots(old.slots().end());
    }

    /** @throws IOException when nothing is changed but an unfinished file, which {@link #withdraw} removes */
    KeyGeneration write(long nextSequence, int cachedKeys) throws IOException {
        byte[] tableId = old.file().header().tableId();
        long generation = generation();
        byte[] bits = TableKey.randomBits(random);
        KeyHeader header = KeyOpening.header(tableId, generation, nextSequence, wrapper, bits, clock);
        TableKey key = TableKey.of(bits, tableId);
        KeyFile file = KeyFile.create(disk, directory, unfinished(), header);
        try {
            copy(file, key);
            file.promiseRecords();
            file.force();
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return new KeyGeneration(
                KeyNames.keyFile(directory, generation), file, key, index, slots, new KeyCache(cachedKeys));
    }

    /** Gives the new file its name. When this fails, nobody knows which file counts. */
    void adopt(KeyGeneration fresh) throws IOException {
        disk.rename(unfinished(), fresh.path());
        disk.forceDirectory(directory);
    }

    void withdraw() throws IOException {
        if (disk.exists(unfinished())) {
            KeyFile.shred(disk, unfinished());
            disk.forceDirectory(directory);
        }
    }

    /** Makes what the old file held unreadable. */
    void retire() throws IOException {
        KeyFile.shred(disk, old.path());
        disk.forceDirectory(directory);
        old.file().close();
    }

    private Path unfinished() {
        return KeyNames.unfinished(directory, generation());
    }

    private long generation() {
        return old.file().header().generation() + 1;
    }

    private void copy(KeyFile into, TableKey key) throws IOException {
        for (long slot = 1; slot <= old.file().records(); slot++) {
            KeyRecord record = old.file().read(slot);
            if (record != null) {
                copy(slot, record, into, key);
            }
            if (portion.size() == RECORDS_AT_ONCE) {
                flush(into);
            }
        }
        flush(into);
    }

    /** Drops stay, for their receipts. A key stays when it is its person's; what cannot be unwrapped is lost already. */
    private void copy(long slot, KeyRecord record, KeyFile into, TableKey key) {
        long newSlot = into.records() + portion.size() + 1;
        if (!record.isKey()) {
            add(record, newSlot);
            index.put(record.subject(), SubjectIndex.dropped(newSlot));
            return;
        }
        long place = old.index().find(record.subject());
        if (SubjectIndex.slotOf(place) != slot) {
            return;
        }
        byte[] bits = SubjectIndex.isDropped(place) ? null : old.key().unwrap(record);
        if (bits != null) {
            byte[] sealed = key.wrap(bits, record.keyId(), record.subject());
            Arrays.fill(bits, (byte) 0);
            add(
                    KeyRecord.key(record.sequence(), record.subject(), record.millis(), record.readmitted(), sealed),
                    newSlot);
            index.put(record.subject(), SubjectIndex.live(newSlot));
        } else if (SubjectIndex.isDropped(place)) {
            // Its drop was damaged, its overwritten key is the witness: it becomes a drop again.
            add(KeyRecord.drop(record.sequence(), record.subject(), record.millis(), record.keyId()), newSlot);
            index.put(record.subject(), SubjectIndex.dropped(newSlot));
        }
    }

    private void add(KeyRecord record, long newSlot) {
        portion.add(record);
        slots.add(newSlot, record.sequence());
    }

    private void flush(KeyFile into) throws IOException {
        if (!portion.isEmpty()) {
            into.append(portion);
            portion.clear();
        }
    }
}
