/** How fast the indexes are built and searched, and how much of the truth they find. */
@NullMarked
package dev.millrace.benchmarks.index;

import org.jspecify.annotations.NullMarked;
