/** The millrace command. Start at {@link dev.millrace.cli.Main}. */
@NullMarked
package dev.millrace.cli;

import org.jspecify.annotations.NullMarked;
