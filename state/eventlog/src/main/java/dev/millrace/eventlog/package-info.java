/** Durable append-only log with offsets and replay. */
@NullMarked
package dev.millrace.eventlog;

import org.jspecify.annotations.NullMarked;
