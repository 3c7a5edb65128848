/** Nothing yet: the module consists of its tests. */
@NullMarked
package dev.millrace.jcstress;

import org.jspecify.annotations.NullMarked;
