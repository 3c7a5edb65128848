package dev.millrace.storage;

import java.time.Instant;

/**
 * What a snapshot is of.
 *
 * @param kind the name of what was saved, like {@code features}
 * @param version the version of the saved sections' own layout
 * @param logOffset the offset of the first event that is not in the snapshot
 * @param created when it was begun
 */
public record SnapshotHeader(String kind, int version, long logOffset, Instant created) {}
