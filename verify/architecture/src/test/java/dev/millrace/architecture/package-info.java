/** The gate on the shape of the house. Start at {@link dev.millrace.architecture.LanesTest}. */
@NullMarked
package dev.millrace.architecture;

import org.jspecify.annotations.NullMarked;
