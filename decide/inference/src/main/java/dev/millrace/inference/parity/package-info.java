/** Whether a compressed model is worth its loss. Start at {@link dev.millrace.inference.parity.ParityGate}. */
@NullMarked
package dev.millrace.inference.parity;

import org.jspecify.annotations.NullMarked;
