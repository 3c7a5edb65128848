package dev.millrace.recommend.stages;

import dev.millrace.model.Query;

/**
 * What a run is asked. Immutable.
 *
 * @param filter the query's filter, compiled
 * @param shown items of earlier pages, by ordinal; not to be changed
 * @param given items that the caller gave to be ordered or to be resembled, by ordinal; not to be changed
 * @param seed what chance is drawn from
 */
@SuppressWarnings("ArrayRecordComponent") // Requests are never compared, and stages loop over the ordinals.
public record Request(Query query, ItemFilter filter, int[] shown, int[] given, long nowMillis, long seed) {}
