/** Tests that start real processes: crashes, overload, restarts. */
@NullMarked
package dev.millrace.systemtests;

import org.jspecify.annotations.NullMarked;
