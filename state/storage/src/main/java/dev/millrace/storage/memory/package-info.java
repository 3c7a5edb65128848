/** The part of the store that lies in memory: index, rows, and who may stay. Start at {@code CellIndex}. */
@NullMarked
package dev.millrace.storage.memory;

import org.jspecify.annotations.NullMarked;
