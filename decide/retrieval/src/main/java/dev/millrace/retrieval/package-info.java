/** Candidate sources over indexes and features. */
@NullMarked
package dev.millrace.retrieval;

import org.jspecify.annotations.NullMarked;
