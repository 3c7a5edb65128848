/** The models that are compared. Start at {@link dev.millrace.evaluation.rankers.ModelRanker}. */
@NullMarked
package dev.millrace.evaluation.rankers;

import org.jspecify.annotations.NullMarked;
