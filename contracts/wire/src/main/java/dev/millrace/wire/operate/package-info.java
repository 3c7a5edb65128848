/** What operators and the console read: counts, series, models, training. Start at {@link dev.millrace.wire.operate.Stats}. */
@NullMarked
package dev.millrace.wire.operate;

import org.jspecify.annotations.NullMarked;
