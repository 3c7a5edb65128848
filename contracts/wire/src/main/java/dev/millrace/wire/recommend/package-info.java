/** What callers ask for and what they are answered. Start at {@link dev.millrace.wire.recommend.RecommendRequest}. */
@NullMarked
package dev.millrace.wire.recommend;

import org.jspecify.annotations.NullMarked;
