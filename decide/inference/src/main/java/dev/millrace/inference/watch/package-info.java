/** Ends runs of graphs that take longer than they may. Start at {@link dev.millrace.inference.watch.RunWatch}. */
@NullMarked
package dev.millrace.inference.watch;

import org.jspecify.annotations.NullMarked;
