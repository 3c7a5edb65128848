package dev.millrace.storage.personal;

import dev.millrace.storage.cipher.KeyWrapper;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Someone who has all master keys and reads the raw disk, deleted files and cut-off parts included, in search of keys. The
 * wrapped table keys that are found are tried on all records that are found. Owned by one test.
 */
final class RawDiskReader {
    private final List<UserKey> keys = new ArrayList<>();
    private final List<SubjectId> owners = new ArrayList<>();

    RawDiskReader(List<byte[]> images, List<? extends KeyWrapper> masters) throws IOException {
        List<TableKey> tableKeys = new ArrayList<>();
        for (byte[] image : images) {
            for (KeyWrapper master : masters) {
                TableKey key = tableKey(image, master);
                if (key != null) {
                    tableKeys.add(key);
                }
            }
        }
        for (byte[] image : images) {
            collect(image, tableKeys);
        }
    }

    /** How many keys of this person there are to find. */
    long keysOf(SubjectId subject) {
        return owners.stream().filter(subject::equals).count();
    }

    boolean hasKey(SubjectId subject, long keyId) {
        for (int i = 0; i < keys.size(); i++) {
            if (owners.get(i).equals(subject) && keys.get(i).id == keyId) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable TableKey tableKey(byte[] image, KeyWrapper master) throws IOException {
        if (image.length < KeyFormat.HEADER_BYTES) {
            return null;
        }
        try {
            KeyHeader header = KeyHeader.decode(Path.of("raw"), Arrays.copyOf(image, KeyFormat.HEADER_BYTES));
            byte[] context = Arrays.copyOf(header.tableId(), header.tableId().length + Long.BYTES);
            KeyFormat.littleEndian(context).putLong(header.tableId().length, header.generation());
            return TableKey.of(master.unwrap(header.wrapped(), context), header.tableId());
        } catch (IOException e) {
            return null;
        }
    }

    private void collect(byte[] image, List<TableKey> tableKeys) {
        for (long slot = 1; KeyFormat.positionOf(slot + 1) <= image.length; slot++) {
            int position = (int) KeyFormat.positionOf(slot);
            KeyRecord record =
                    KeyRecord.decode(slot, Arrays.copyOfRange(image, position, position + KeyFormat.RECORD_BYTES));
            for (TableKey tableKey : tableKeys) {
                byte[] bits = record == null || !record.isKey() ? null : tableKey.unwrap(record);
                if (record != null && bits != null) {
                    keys.add(UserKey.of(slot, record, bits));
                    owners.add(record.subject());
                }
            }
        }
    }
}
