/**
 * Measures rankers on impressions, trained before a moment and tested after it. Start at {@link
 * dev.millrace.evaluation.ranking.RankingEvaluation}.
 */
@NullMarked
package dev.millrace.evaluation.ranking;

import org.jspecify.annotations.NullMarked;
