/** Recommendation requests, from the port to the pipeline. Start at {@link dev.millrace.server.answer.RecommendEndpoint}. */
@NullMarked
package dev.millrace.server.answer;

import org.jspecify.annotations.NullMarked;
