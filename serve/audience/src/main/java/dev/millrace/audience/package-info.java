/** A simulated audience with a known truth that uses the public API only. */
@NullMarked
package dev.millrace.audience;

import org.jspecify.annotations.NullMarked;
