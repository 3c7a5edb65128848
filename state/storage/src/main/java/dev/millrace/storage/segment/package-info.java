/** The part of the store that lies on disk: segments of records, group commit, checkpoints. Start at {@code StoreLog}. */
@NullMarked
package dev.millrace.storage.segment;

import org.jspecify.annotations.NullMarked;
