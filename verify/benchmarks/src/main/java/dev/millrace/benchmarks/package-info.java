/** The load generator and the JMH benchmarks. */
@NullMarked
package dev.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
