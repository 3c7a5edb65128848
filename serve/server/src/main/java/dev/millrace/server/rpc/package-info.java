/** The public API over gRPC: the same endpoints in other clothes. Start at {@link dev.millrace.server.rpc.RecommenderRpc}. */
@NullMarked
package dev.millrace.server.rpc;

import org.jspecify.annotations.NullMarked;
