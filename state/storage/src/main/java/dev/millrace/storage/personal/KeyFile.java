package dev.millrace.storage.personal;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** One open key file. Records may be read by any thread; everything else is the writing thread's. */
final class KeyFile implements AutoCloseable {
    private static final byte[] ZEROS = new byte[KeyFormat.HEADER_BYTES];

    private final DiskFile file;
    private KeyHeader header;

    /** Records in the file; their slots count from 1. */
    private long records;

    private KeyFile(DiskFile file, KeyHeader header, long records) {
        this.file = file;
        this.header = header;
        this.records = records;
    }

    /**
     * A new file with a header alone, which is not forced. Its name is on disk before any key is: after a power failure, a
     * key in a file without a name could not be made unreadable any more.
     */
    static KeyFile create(Disk disk, Path directory, Path path, KeyHeader header) throws IOException {
        DiskFile file = disk.create(path);
        KeyFile made = new KeyFile(file, header, 0);
        try {
            disk.forceDirectory(directory);
            file.write(ByteBuffer.wrap(header.encode()), 0);
            return made;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** @throws IOException when the header is not whole; the message names the file */
    static KeyFile open(Disk disk, Path path) throws IOException {
        DiskFile file = disk.open(path);
        try {
            byte[] bytes = new byte[KeyFormat.HEADER_BYTES];
            file.read(ByteBuffer.wrap(bytes), 0);
            // What is seen must be on disk before anything follows from it: a drop that was seen stays.
            file.force();
            long records = Math.max(0, file.size() - KeyFormat.HEADER_BYTES) / KeyFormat.RECORD_BYTES;
            return new KeyFile(file, KeyHeader.decode(path, bytes), records);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Makes all keys in a file unreadable, whatever becomes of its bytes after it was deleted: without the wrapped table key,
     * nothing in it can be unwrapped.
     */
    static void shred(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path)) {
            // Nothing is added: this must work on a full disk.
            int length = (int) Math.min(file.size(), KeyFormat.HEADER_BYTES);
            file.write(ByteBuffer.wrap(ZEROS, 0, length), 0);
            file.force();
        }
        disk.delete(path);
    }

    KeyHeader header() {
        return header;
    }

    /** As {@link #open}, for who changes nothing: what is seen may not be on disk yet. */
    static KeyFile openReadOnly(Disk disk, Path path) throws IOException {
        DiskFile file = disk.openReadOnly(path);
        try {
            byte[] bytes = new byte[KeyFormat.HEADER_BYTES];
            file.read(ByteBuffer.wrap(bytes), 0);
            long records = Math.max(0, file.size() - KeyFormat.HEADER_BYTES) / KeyFormat.RECORD_BYTES;
            return new KeyFile(file, KeyHeader.decode(path, bytes), records);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    long records() {
        return records;
    }

    /** @return {@code null} when the record is damaged */
    @Nullable
    KeyRecord read(long slot) throws IOException {
        byte[] bytes = new byte[KeyFormat.RECORD_BYTES];
        int read = file.read(ByteBuffer.wrap(bytes), KeyFormat.positionOf(slot));
        return read < bytes.length ? null : KeyRecord.decode(slot, bytes);
    }

    /**
     * Adds whose keys were dropped by the records behind a slot.
     *
     * @return the last record that is whole: one at the end that is not is being written, and is to be looked at again
     */
    long dropsAfter(long slot, List<SubjectId> into) throws IOException {
        long whole = slot;
        for (long at = slot + 1; at <= records; at++) {
            KeyRecord record = read(at);
            if (record != null) {
                whole = at;
                if (!record.isKey()) {
                    into.add(record.subject());
                }
            }
        }
        return whole;
    }

    /** Fills the buffer with records from a slot on; fewer at the end. */
    int readFrom(long slot, ByteBuffer into) throws IOException {
        return file.read(into, KeyFormat.positionOf(slot)) / KeyFormat.RECORD_BYTES;
    }

    /** Writes records behind the last one, with one write; not forced. */
    void append(List<KeyRecord> added) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(added.size() * KeyFormat.RECORD_BYTES);
        long slot = records;
        for (KeyRecord record : added) {
            bytes.put(record.encode(++slot));
        }
        file.write(bytes.flip(), KeyFormat.positionOf(records + 1));
        records = slot;
    }

    /** Writes into the header that the file never has fewer records than now; not forced. */
    void promiseRecords() throws IOException {
        header = header.holding(records);
        file.write(ByteBuffer.wrap(header.encode()), 0);
    }

    /** Removes what lies behind this many records. */
    void cutTo(long count) throws IOException {
        file.truncate(KeyFormat.positionOf(count + 1));
        file.force();
        records = count;
    }

    boolean endsWithPartOfARecord() throws IOException {
        return file.size() != KeyFormat.positionOf(records + 1);
    }

    /** Overwrites a key; not forced. */
    void overwrite(long slot) throws IOException {
        file.write(ByteBuffer.wrap(ZEROS, 0, KeyFormat.SECRET_BYTES), KeyFormat.positionOf(slot) + KeyFormat.SECRET_AT);
    }

    void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
