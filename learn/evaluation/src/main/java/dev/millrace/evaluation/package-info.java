/**
 * Offline metrics and protocols. Start at {@link dev.millrace.evaluation.Evaluation}.
 */
@NullMarked
package dev.millrace.evaluation;

import org.jspecify.annotations.NullMarked;
