/** Tests of the indexes. */
@NullMarked
package dev.millrace.index;

import org.jspecify.annotations.NullMarked;
