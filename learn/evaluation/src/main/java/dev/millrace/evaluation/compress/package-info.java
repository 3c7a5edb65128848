/**
 * Whether a model that was made smaller is worth what it loses. Start at {@link
 * dev.millrace.evaluation.compress.CompressionGate}.
 */
@NullMarked
package dev.millrace.evaluation.compress;

import org.jspecify.annotations.NullMarked;
