/** The value types that everybody talks about. Start at {@link dev.millrace.model.Event}. */
@NullMarked
package dev.millrace.model;

import org.jspecify.annotations.NullMarked;
