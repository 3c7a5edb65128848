/** Trained models at rest: the bundle and its registry. Start at {@link dev.millrace.models.Bundle}. */
@NullMarked
package dev.millrace.models;

import org.jspecify.annotations.NullMarked;
