/** Calls of many requests in one run of a graph. Start at {@link dev.millrace.inference.batching.AdaptiveBatcher}. */
@NullMarked
package dev.millrace.inference.batching;

import org.jspecify.annotations.NullMarked;
