/** Lifecycle, configuration, deadlines, admission, agents, clock and metrics. */
@NullMarked
package dev.millrace.runtime;

import org.jspecify.annotations.NullMarked;
