/**
 * The durable append-only log with offsets and replay. Start at {@link dev.millrace.eventlog.EventLog}; its files are
 * written by {@link dev.millrace.eventlog.SegmentEventLog}.
 */
@NullMarked
package dev.millrace.eventlog;

import org.jspecify.annotations.NullMarked;
