/** Events, items and users, from the port to the log and from the log to the state. Start at {@link dev.millrace.server.ingest.EventsEndpoint}. */
@NullMarked
package dev.millrace.server.ingest;

import org.jspecify.annotations.NullMarked;
