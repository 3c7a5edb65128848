/** HTTP and gRPC server, authentication, ingest, the assembly of a serving process. Start at {@link dev.millrace.server.MillraceServer}. */
@NullMarked
package dev.millrace.server;

import org.jspecify.annotations.NullMarked;
