package dev.millrace.eventlog;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Encoded events that wait for the disk, and who waits for them. Written by the appending thread, then read by the log's. */
final class PendingAppend {
    private final byte[] bytes;
    private final int[] ends;

    /** Users of events that are not encrypted yet, since they have no key; nothing where all are. */
    private final @Nullable List<@Nullable SubjectId> keyless;

    private final CompletableFuture<List<Receipt>> done;
    private final long arrivedNanos;

    /**
     * @param ends where each event ends in {@code bytes}; the next begins there. One of no bytes is of an erased user
     * @param keyless by event, whose key is to be made before it is encrypted
     */
    PendingAppend(
            byte[] bytes,
            int[] ends,
            @Nullable List<@Nullable SubjectId> keyless,
            CompletableFuture<List<Receipt>> done,
            long arrivedNanos) {
        this.bytes = bytes;
        this.ends = ends;
        this.keyless = keyless;
        this.done = done;
        this.arrivedNanos = arrivedNanos;
    }

    byte[] bytes() {
        return bytes;
    }

    CompletableFuture<List<Receipt>> done() {
        return done;
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    int size() {
        return ends.length;
    }

    int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    int length(int index) {
        return ends[index] - start(index);
    }

    boolean isKeyless() {
        return keyless != null;
    }

    /** Whose key is missing for an event. */
    @Nullable
    SubjectId keyless(int index) {
        return keyless == null ? null : keyless.get(index);
    }

    void addKeyless(List<SubjectId> to) {
        for (int i = 0; keyless != null && i < ends.length; i++) {
            SubjectId subject = keyless.get(i);
            if (subject != null) {
                to.add(subject);
            }
        }
    }

    /** Overwrites the events, which were in the clear. */
    void erase() {
        Arrays.fill(bytes, (byte) 0);
    }

    long totalBytes() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    void fail(MillraceException why) {
        done.completeExceptionally(why);
    }
}
