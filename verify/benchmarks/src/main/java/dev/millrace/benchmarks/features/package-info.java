/** What is known of items and users, measured. Start at {@link dev.millrace.benchmarks.features.FeatureHeap}. */
@NullMarked
package dev.millrace.benchmarks.features;

import org.jspecify.annotations.NullMarked;
