/** Tables whose rows lie in memory as far as a budget allows, and whole on disk. Start at {@code TieredStore}. */
@NullMarked
package dev.millrace.storage.tiered;

import org.jspecify.annotations.NullMarked;
