/** Tables by name with 64-bit keys, and their snapshots. */
@NullMarked
package dev.millrace.storage;

import org.jspecify.annotations.NullMarked;
