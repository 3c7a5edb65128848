/** Which rows are asked for together, and an order in which those lie together. Start at {@code KeySets}. */
@NullMarked
package dev.millrace.storage.together;

import org.jspecify.annotations.NullMarked;
