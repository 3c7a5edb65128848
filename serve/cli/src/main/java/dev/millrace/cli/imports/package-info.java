/** Where imported events go, and what is kept of lines that cannot be read. Start at {@link dev.millrace.cli.imports.ImportTarget}. */
@NullMarked
package dev.millrace.cli.imports;

import org.jspecify.annotations.NullMarked;
