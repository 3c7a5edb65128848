/** Events on their way in. Start at {@link dev.millrace.wire.ingest.EventBody}. */
@NullMarked
package dev.millrace.wire.ingest;

import org.jspecify.annotations.NullMarked;
