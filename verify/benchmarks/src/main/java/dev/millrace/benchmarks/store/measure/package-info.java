/** What every workload measures with: draws of keys, the clock, figures, and the check of what a store answered. */
@NullMarked
package dev.millrace.benchmarks.store.measure;

import org.jspecify.annotations.NullMarked;
