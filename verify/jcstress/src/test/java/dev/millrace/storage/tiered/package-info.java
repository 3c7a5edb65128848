/** Stress tests of what only the tables' own package may make. Start at {@code SettlingStress}. */
@NullMarked
package dev.millrace.storage.tiered;

import org.jspecify.annotations.NullMarked;
