/**
 * Assembles the request pipeline; alone sees its siblings. Start at {@link dev.millrace.recommend.RecommendPipeline}.
 */
@NullMarked
package dev.millrace.recommend;

import org.jspecify.annotations.NullMarked;
