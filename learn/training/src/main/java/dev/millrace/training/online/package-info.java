/** Learning between two trainings, from what was just shown and clicked. Start at {@link dev.millrace.training.online.OnlineLearner}. */
@NullMarked
package dev.millrace.training.online;

import org.jspecify.annotations.NullMarked;
