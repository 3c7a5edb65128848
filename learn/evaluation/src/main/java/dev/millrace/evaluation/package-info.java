/** Offline metrics and protocols. */
@NullMarked
package dev.millrace.evaluation;

import org.jspecify.annotations.NullMarked;
