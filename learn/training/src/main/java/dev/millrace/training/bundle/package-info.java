/**
 * A trained model and what is served of it, compared. Start at {@link dev.millrace.training.bundle.TrainedModel}.
 */
@NullMarked
package dev.millrace.training.bundle;

import org.jspecify.annotations.NullMarked;
