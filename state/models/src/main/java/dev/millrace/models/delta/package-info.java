/** What was learnt online since a model's training. Start at {@link dev.millrace.models.delta.ModelDelta}. */
@NullMarked
package dev.millrace.models.delta;

import org.jspecify.annotations.NullMarked;
