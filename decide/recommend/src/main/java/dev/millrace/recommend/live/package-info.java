/** The model that answers now, and its exchange under running requests. Start at {@link dev.millrace.recommend.live.ModelSlot}. */
@NullMarked
package dev.millrace.recommend.live;

import org.jspecify.annotations.NullMarked;
