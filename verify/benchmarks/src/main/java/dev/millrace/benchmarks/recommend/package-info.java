/** What the request path itself costs. */
@NullMarked
package dev.millrace.benchmarks.recommend;

import org.jspecify.annotations.NullMarked;
