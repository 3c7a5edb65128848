/** Floats in fewer bits. Start at {@link dev.millrace.models.quantized.ByteRow}. */
@NullMarked
package dev.millrace.models.quantized;

import org.jspecify.annotations.NullMarked;
