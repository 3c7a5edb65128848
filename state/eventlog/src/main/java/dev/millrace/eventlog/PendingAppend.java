package dev.millrace.eventlog;

import dev.millrace.model.MillraceException;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Encoded events that wait for the disk, and who waits for them. Written by the appending thread, then read by the log's. */
final class PendingAppend {
    private final byte[] bytes;
    private final int[] ends;
    private final CompletableFuture<List<Receipt>> done;
    private final long arrivedNanos;

    /** @param ends where each event ends in {@code bytes}; the next begins there */
    PendingAppend(byte[] bytes, int[] ends, CompletableFuture<List<Receipt>> done, long arrivedNanos) {
        this.bytes = bytes;
        this.ends = ends;
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

    long totalBytes() {
        return ends.length == 0 ? 0 : ends[ends.length - 1];
    }

    void fail(MillraceException why) {
        done.completeExceptionally(why);
    }
}
