/**
 * The closed-form learner and the item vectors that it gives the transformer to start from. Start at {@link
 * dev.millrace.training.ridge.SequentialRidge}.
 */
@NullMarked
package dev.millrace.training.ridge;

import org.jspecify.annotations.NullMarked;
