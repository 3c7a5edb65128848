/** What packing rows by what is asked for together saves, on planted topics and on recorded requests. Start at {@code PackingReplay}. */
@NullMarked
package dev.millrace.benchmarks.store.together;

import org.jspecify.annotations.NullMarked;
