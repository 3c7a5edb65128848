/** Java client of the public API. Start at {@link dev.millrace.client.MillraceClient}. */
@NullMarked
package dev.millrace.client;

import org.jspecify.annotations.NullMarked;
