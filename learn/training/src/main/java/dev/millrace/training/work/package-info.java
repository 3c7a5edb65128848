/**
 * The files that a training run keeps while it works. Start at {@link dev.millrace.training.work.Checkpoint}.
 */
@NullMarked
package dev.millrace.training.work;

import org.jspecify.annotations.NullMarked;
