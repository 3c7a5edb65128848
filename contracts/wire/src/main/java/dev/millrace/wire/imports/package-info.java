/** Readers of data sets in the layouts that people have. Start at {@link dev.millrace.wire.imports.DatasetFormat}. */
@NullMarked
package dev.millrace.wire.imports;

import org.jspecify.annotations.NullMarked;
