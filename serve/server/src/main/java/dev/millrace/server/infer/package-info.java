/** The Open Inference Protocol, version 2, over registered rankers. Start at {@link dev.millrace.server.infer.Inference}. */
@NullMarked
package dev.millrace.server.infer;

import org.jspecify.annotations.NullMarked;
