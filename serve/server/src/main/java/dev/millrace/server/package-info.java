/** HTTP and gRPC server, authentication, ingest, the assembly of a serving process. */
@NullMarked
package dev.millrace.server;

import org.jspecify.annotations.NullMarked;
