/** Tables by name with 64-bit keys, and snapshots. Start at {@link dev.millrace.storage.RowTable}. */
@NullMarked
package dev.millrace.storage;

import org.jspecify.annotations.NullMarked;
