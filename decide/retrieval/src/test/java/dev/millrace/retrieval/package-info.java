/** Tests of the candidate sources. */
@NullMarked
package dev.millrace.retrieval;

import org.jspecify.annotations.NullMarked;
