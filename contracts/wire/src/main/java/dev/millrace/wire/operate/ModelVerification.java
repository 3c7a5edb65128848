package dev.millrace.wire.operate;

import org.jspecify.annotations.Nullable;

/**
 * Whether every byte of a version is what its manifest and signature say.
 *
 * @param whole whether a server may load it
 * @param problem why not; null where it may
 */
public record ModelVerification(
        String version, boolean whole, @Nullable String problem) {}
