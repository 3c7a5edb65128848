package dev.millrace.storage.personal;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.disk.Disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Opens the newest key file of a directory and ends what a crash interrupted: files that were being written or were
 * replaced are made unreadable and deleted, keys whose drop is on disk are overwritten, a torn end is cut off. Used once by
 * one thread.
 */
final class KeyOpening {
    private static final int RECORDS_AT_ONCE = 1 << 13;

    private final Disk disk;
    private final Path directory;
    private final List<KeyWrapper> wrappers;
    private final Clock clock;
    private final int cachedKeys;
    private final List<Long> unfinishedDrops = new ArrayList<>();
    private final Set<Long> damagedKeys = new HashSet<>();
    private long lastWhole;
    private long overwritten;
    private long damaged;
    private long cut;
    private long nextSequence;

    /** @param wrappers the first wraps what is new; all can unwrap what they wrapped */
    KeyOpening(Disk disk, Path directory, List<KeyWrapper> wrappers, Clock clock, int cachedKeys) {
        this.disk = disk;
        this.directory = directory;
        this.wrappers = wrappers;
        this.clock = clock;
        this.cachedKeys = cachedKeys;
    }

    /**
     * The newest key file as it is now, of which nothing is changed: another process may have the table open.
     *
     * @throws IOException when there is none as well
     */
    KeyGeneration look() throws IOException {
        Path newest = newest(disk, directory);
        KeyFile file = KeyFile.openReadOnly(disk, newest);
        try {
            return read(newest, file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** @throws IOException when there is no key file */
    static Path newest(Disk disk, Path directory) throws IOException {
        List<Path> tables =
                disk.list(directory).stream().filter(KeyNames::isKeyFile).toList();
        if (tables.isEmpty()) {
            throw new IOException("there is no key table in " + directory + "; put it back from a copy");
        }
        return tables.getLast();
    }

    KeyGeneration open() throws IOException {
        disk.createDirectories(directory);
        // A name that is seen must be on disk before an older file is deleted for it.
        disk.forceDirectory(directory);
        List<Path> files = disk.list(directory);
        List<Path> tables = files.stream().filter(KeyNames::isKeyFile).toList();
        KeyGeneration newest = tables.isEmpty() ? null : load(tables.getLast());
        for (Path file : files) {
            boolean replaced = KeyNames.isKeyFile(file) && !file.equals(tables.getLast());
            if (replaced || KeyNames.isUnfinished(file)) {
                KeyFile.shred(disk, file);
            }
        }
        disk.forceDirectory(directory);
        return newest == null ? createFirst() : newest;
    }

    long overwritten() {
        return overwritten;
    }

    long damaged() {
        return damaged + damagedKeys.size();
    }

    long cut() {
        return cut;
    }

    /** The slot of the last record that was whole; another process may be writing what lies behind it. */
    long lastWhole() {
        return lastWhole;
    }

    long nextSequence() {
        return nextSequence;
    }

    /** A header with a new table key, wrapped. The key's bits are in {@code bits}. */
    static KeyHeader header(
            byte[] tableId, long generation, long sequence, KeyWrapper wrapper, byte[] bits, Clock clock)
            throws IOException {
        byte[] wrapped = wrapper.wrap(bits, context(tableId, generation));
        return new KeyHeader(tableId, generation, clock.millis(), sequence, wrapper.id(), wrapped, 0);
    }

    private static byte[] context(byte[] tableId, long generation) {
        byte[] context = Arrays.copyOf(tableId, tableId.length + Long.BYTES);
        KeyFormat.littleEndian(context).putLong(tableId.length, generation);
        return context;
    }

    private KeyGeneration createFirst() throws IOException {
        SecureRandom random = new SecureRandom();
        byte[] tableId = new byte[KeyFormat.TABLE_ID_BYTES];
        random.nextBytes(tableId);
        byte[] bits = TableKey.randomBits(random);
        KeyHeader header = header(tableId, 1, 1, wrappers.getFirst(), bits, clock);
        Path unfinished = KeyNames.unfinished(directory, 1);
        try (KeyFile file = KeyFile.create(disk, directory, unfinished, header)) {
            file.force();
        }
        Path path = KeyNames.keyFile(directory, 1);
        disk.rename(unfinished, path);
        disk.forceDirectory(directory);
        nextSequence = 1;
        return new KeyGeneration(
                path,
                KeyFile.open(disk, path),
                TableKey.of(bits, tableId),
                new SubjectIndex(),
                new KeySlots(1),
                new KeyCache(cachedKeys));
    }

    private KeyGeneration load(Path path) throws IOException {
        KeyFile file = KeyFile.open(disk, path);
        try {
            KeyGeneration generation = read(path, file);
            // All that a rewriting wrote was on disk: what is not whole of it was damaged later, and is kept.
            long kept = Math.max(lastWhole, file.header().leastRecords());
            if (kept < file.records() || file.endsWithPartOfARecord()) {
                cut = file.records() - kept;
                damaged -= cut;
                file.cutTo(kept);
            }
            endDrops(file);
            return generation;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private KeyGeneration read(Path path, KeyFile file) throws IOException {
        KeyHeader header = file.header();
        requireRecords(path, file);
        byte[] bits = unwrap(path, header);
        nextSequence = header.nextSequence();
        SubjectIndex index = new SubjectIndex();
        // The newest number of a rewritten file is in it, unless damage took it: a file that does not say how many
        // records it must have may have been cut, and who asks for a number behind its last is told that the table
        // is too old.
        KeySlots slots = new KeySlots(header.leastRecords() > 0 ? nextSequence : 1);
        scan(file, index, slots);
        return new KeyGeneration(
                path, file, TableKey.of(bits, header.tableId()), index, slots, new KeyCache(cachedKeys));
    }

    /** Numbers without a record were left out by a rewriting: a file that was cut would make its people erased. */
    private static void requireRecords(Path path, KeyFile file) throws IOException {
        long least = file.header().leastRecords();
        if (file.records() < least) {
            throw new IOException("key file " + path + " was cut short: it holds " + file.records() + " records and was"
                    + " written with " + least + ". Without the others, their people would be taken for erased: put the"
                    + " file back from a copy");
        }
    }

    private byte[] unwrap(Path path, KeyHeader header) throws IOException {
        for (KeyWrapper wrapper : wrappers) {
            if (wrapper.id().equals(header.wrapperId())) {
                return wrapper.unwrap(header.wrapped(), context(header.tableId(), header.generation()));
            }
        }
        throw new IOException(
                "key file " + path + " is wrapped by the master key " + header.wrapperId() + "; given were "
                        + wrappers.stream().map(KeyWrapper::id).toList() + ". Give it the one that it names as well");
    }

    private void scan(KeyFile file, SubjectIndex index, KeySlots slots) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(RECORDS_AT_ONCE * KeyFormat.RECORD_BYTES);
        byte[] bytes = new byte[KeyFormat.RECORD_BYTES];
        long slot = 1;
        while (slot <= file.records()) {
            int read = file.readFrom(slot, buffer.clear());
            buffer.flip();
            for (int i = 0; i < read; i++, slot++) {
                buffer.get(bytes);
                apply(slot, bytes, index, slots);
            }
            if (read == 0) {
                throw new IOException("the key file became shorter while it was read");
            }
        }
    }

    private void apply(long slot, byte[] bytes, SubjectIndex index, KeySlots slots) {
        KeyRecord record = KeyRecord.decode(slot, bytes);
        if (record == null) {
            damaged++;
            slots.skip(slot);
            return;
        }
        lastWhole = slot;
        slots.add(slot, record.sequence());
        nextSequence = Math.max(nextSequence, record.sequence() + 1);
        boolean gone = record.isKey() && isOverwritten(bytes);
        overwritten += gone ? 1 : 0;
        if (record.isKey() && !gone && record.sealed().length == 0) {
            damagedKeys.add(slot);
        }
        if (record.isKey()) {
            // A key that was overwritten was dropped, even where the record that says so is damaged.
            index.put(record.subject(), gone ? SubjectIndex.dropped(slot) : SubjectIndex.live(slot));
        } else {
            long before = index.find(record.subject());
            if (before > 0) {
                // Not yet overwritten, or in part.
                unfinishedDrops.add(SubjectIndex.slotOf(before));
                damagedKeys.remove(SubjectIndex.slotOf(before));
            }
            index.put(record.subject(), SubjectIndex.dropped(slot));
        }
    }

    private void endDrops(KeyFile file) throws IOException {
        for (long slot : unfinishedDrops) {
            file.overwrite(slot);
        }
        if (!unfinishedDrops.isEmpty()) {
            file.force();
            overwritten += unfinishedDrops.size();
        }
    }

    private static boolean isOverwritten(byte[] record) {
        for (int i = KeyFormat.SECRET_AT; i < record.length; i++) {
            if (record[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
