/** What a serving process holds in memory, and how it comes back after a restart. Start at {@link dev.millrace.server.hold.StateStore}. */
@NullMarked
package dev.millrace.server.hold;

import org.jspecify.annotations.NullMarked;
