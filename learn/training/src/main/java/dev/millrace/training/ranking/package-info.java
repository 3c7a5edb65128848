/**
 * Learns the ranker: from what was shown and what followed, one probability per kind of action. Start at {@link
 * dev.millrace.training.ranking.RankerTraining}.
 */
@NullMarked
package dev.millrace.training.ranking;

import org.jspecify.annotations.NullMarked;
