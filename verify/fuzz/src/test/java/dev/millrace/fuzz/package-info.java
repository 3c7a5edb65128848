/**
 * Whole files of each format, changed by a fuzzer that sees which code a change reaches: whoever reads them refuses what is
 * wrong by the error it declares, soon, and within bounds of memory. Start at {@code FuzzTest}.
 */
@NullMarked
package dev.millrace.fuzz;

import org.jspecify.annotations.NullMarked;
