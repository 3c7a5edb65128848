/**
 * What every process needs: deadlines, configuration, admission, agents, clock and metrics. Start at
 * {@link dev.millrace.runtime.Lifecycle}.
 */
@NullMarked
package dev.millrace.runtime;

import org.jspecify.annotations.NullMarked;
