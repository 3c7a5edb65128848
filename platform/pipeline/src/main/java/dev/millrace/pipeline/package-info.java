/**
 * Stage contracts and their executor; knows no business word. Start at {@link dev.millrace.pipeline.Pipeline}.
 *
 * <p>A {@link dev.millrace.pipeline.Stage} declares what it reads and writes; a {@link dev.millrace.pipeline.Pipeline}
 * checks at build that everything read was written before, splits one deadline over its stages, and runs them on a
 * pooled {@link dev.millrace.pipeline.Frame}, which holds the {@link dev.millrace.pipeline.Column}s of the candidates
 * and the {@link dev.millrace.pipeline.Value}s of the request.
 */
@NullMarked
package dev.millrace.pipeline;

import org.jspecify.annotations.NullMarked;
