package dev.millrace.wire.ingest;

import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What became of a batch; everything that is not rejected is on disk.
 *
 * @param accepted how many were stored now
 * @param duplicates how many were already known and had no effect
 * @param rejectedCount how many were refused; {@code rejected} names the first 1,000 of them
 * @param offset the end of the log after the last accepted one; null where nothing was accepted
 */
public record IngestResult(
        long accepted,
        long duplicates,
        long rejectedCount,
        List<Reject> rejected,
        @Nullable Long offset) {
    /** The most rejects that an answer names. */
    public static final int MAX_NAMED = 1000;

    public IngestResult {
        rejected = Given.list("rejected", rejected);
    }

    /** One refused entry: its line or position in the body, from 1, and what is wrong with it. */
    public record Reject(long line, @Nullable String field, String problem) {}
}
