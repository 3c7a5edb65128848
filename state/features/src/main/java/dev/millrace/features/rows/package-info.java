/** Where the fold keeps a row for each item: in memory, or in the tiered store. Start at {@link dev.millrace.features.rows.FoldedRows}. */
@NullMarked
package dev.millrace.features.rows;

import org.jspecify.annotations.NullMarked;
