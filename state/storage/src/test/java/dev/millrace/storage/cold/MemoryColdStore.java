package dev.millrace.storage.cold;

import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdStoreException.Reason;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Cold objects in memory, which tests can damage, and a hook before each read. Thread-safe. */
public final class MemoryColdStore implements ColdStore {
    /** Runs in the reading thread before an object is read, to wait or to fail. */
    @FunctionalInterface
    public interface Hook {
        void beforeRead(ColdName name, long offset) throws ColdStoreException;
    }

    private final ConcurrentSkipListMap<ColdName, byte[]> objects = new ConcurrentSkipListMap<>();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile Hook hook = (name, offset) -> {};

    public void setHook(Hook hook) {
        this.hook = hook;
    }

    /** The bytes of all objects, one behind the other. */
    public byte[] allBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        objects.values().forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }

    /** Puts bytes as they are, sealed or not. */
    void putRaw(ColdName name, byte[] bytes) {
        objects.put(name, bytes);
    }

    public int reads() {
        return reads.get();
    }

    @Override
    public void put(ColdName name, Path file) throws ColdStoreException {
        byte[] trailer = SealedFile.verify(file);
        try {
            byte[] present = objects.putIfAbsent(name, Files.readAllBytes(file));
            if (present != null
                    && !Arrays.equals(
                            trailer, Arrays.copyOfRange(present, present.length - trailer.length, present.length))) {
                throw new ColdStoreException(Reason.CONFLICT, name + " exists with other content");
            }
        } catch (IOException e) {
            throw e instanceof ColdStoreException known
                    ? known
                    : new ColdStoreException(Reason.UNAVAILABLE, "cannot read " + file, e);
        }
    }

    @Override
    public void read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline)
            throws ColdStoreException {
        byte[] object = find(name, deadline);
        reads.incrementAndGet();
        hook.beforeRead(name, offset);
        if (offset + length > object.length) {
            throw new ColdStoreException(Reason.DAMAGED, name + " ends at byte " + object.length);
        }
        MemorySegment.copy(object, (int) offset, into, ValueLayout.JAVA_BYTE, 0, length);
    }

    @Override
    public long size(ColdName name, Deadline deadline) throws ColdStoreException {
        return find(name, deadline).length;
    }

    @Override
    public List<ColdEntry> list(String prefix) {
        return objects.entrySet().stream()
                .filter(entry -> entry.getKey().value().startsWith(prefix))
                .map(entry -> new ColdEntry(entry.getKey(), entry.getValue().length))
                .toList();
    }

    @Override
    public void delete(ColdName name) {
        objects.remove(name);
    }

    @Override
    public void close() {}

    private byte[] find(ColdName name, Deadline deadline) throws ColdStoreException {
        if (deadline.isExpired()) {
            throw new ColdStoreException(Reason.LATE, "no time is left to read " + name);
        }
        byte[] object = objects.get(name);
        if (object == null) {
            throw new ColdStoreException(Reason.MISSING, "there is no cold object " + name);
        }
        return object;
    }
}
