/**
 * Growing arrays with one writer and readers that take no lock. Start at {@link dev.millrace.features.columns.LongColumn}.
 */
@NullMarked
package dev.millrace.features.columns;

import org.jspecify.annotations.NullMarked;
