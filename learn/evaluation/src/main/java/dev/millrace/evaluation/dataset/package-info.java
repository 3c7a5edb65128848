/**
 * The public datasets as the protocols want them. Start at {@link dev.millrace.evaluation.dataset.MovieLensSequences}.
 */
@NullMarked
package dev.millrace.evaluation.dataset;

import org.jspecify.annotations.NullMarked;
