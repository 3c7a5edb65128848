package dev.millrace.recommend;

import dev.millrace.model.Slate;
import org.jspecify.annotations.Nullable;

/**
 * A slate and the way to the next one. Immutable.
 *
 * @param next the opaque cursor of the next page; null where there is none
 */
public record Answer(Slate slate, @Nullable String next) {}
