package dev.millrace.recommend;

import dev.millrace.model.Query;
import dev.millrace.model.Slate;
import org.jspecify.annotations.Nullable;

/**
 * A slate and the way to the next one. Immutable.
 *
 * @param query what was asked; for a page, the query that the first page answered
 * @param next the opaque cursor of the next page; null where there is none
 */
public record Answer(Query query, Slate slate, @Nullable String next) {}
