package dev.millrace.storage.personal;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/** A key file with what is in memory of it. A rewriting replaces it by another. Readable by any thread. */
final class KeyGeneration {
    private final Path path;
    private final KeyFile file;
    private final TableKey key;
    private final SubjectIndex index;
    private final KeySlots slots;
    private final KeyCache cache;

    KeyGeneration(Path path, KeyFile file, TableKey key, SubjectIndex index, KeySlots slots, KeyCache cache) {
        this.path = path;
        this.file = file;
        this.key = key;
        this.index = index;
        this.slots = slots;
        this.cache = cache;
    }

    Path path() {
        return path;
    }

    KeyFile file() {
        return file;
    }

    TableKey key() {
        return key;
    }

    SubjectIndex index() {
        return index;
    }

    KeySlots slots() {
        return slots;
    }

    KeyCache cache() {
        return cache;
    }

    /** Whose key the record at this slot is; nothing where it is damaged or holds no key. */
    @Nullable
    SubjectId subject(long slot) throws IOException {
        KeyRecord record = file.read(slot);
        return record != null && record.isKey() ? record.subject() : null;
    }

    /** @return {@code null} when the record at this slot holds no key of this person that can be unwrapped */
    @Nullable
    UserKey load(long slot, SubjectId subject) throws IOException {
        KeyRecord record = file.read(slot);
        if (record == null || !record.isKey() || !record.subject().equals(subject)) {
            return null;
        }
        byte[] bits = key.unwrap(record);
        return bits == null ? null : UserKey.of(slot, record, bits);
    }
}
