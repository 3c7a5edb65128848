/**
 * Threads that read without locks against the one that writes, millions of times, and every result that may not be. Start at
 * {@code StressTest}.
 */
@NullMarked
package dev.millrace.jcstress;

import org.jspecify.annotations.NullMarked;
