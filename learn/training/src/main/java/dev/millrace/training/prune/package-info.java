/**
 * Models made smaller by what they need least. Start at {@link dev.millrace.training.prune.StructuredPruning}.
 */
@NullMarked
package dev.millrace.training.prune;

import org.jspecify.annotations.NullMarked;
