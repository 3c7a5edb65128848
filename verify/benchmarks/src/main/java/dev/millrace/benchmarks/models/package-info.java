/** What models cost and what batching brings. Start at {@link dev.millrace.benchmarks.models.ModelBench}. */
@NullMarked
package dev.millrace.benchmarks.models;

import org.jspecify.annotations.NullMarked;
