/** Nothing yet: the module consists of its tests. */
@NullMarked
package dev.millrace.fuzz;

import org.jspecify.annotations.NullMarked;
