/** Graphs made smaller and faster. Start at {@link dev.millrace.models.compress.Int8Graph}. */
@NullMarked
package dev.millrace.models.compress;

import org.jspecify.annotations.NullMarked;
