/** What the store benchmark asks of a store, and the stores that need no library of others. Start at {@code StoreEngine}. */
@NullMarked
package dev.millrace.benchmarks.store.engine;

import org.jspecify.annotations.NullMarked;
