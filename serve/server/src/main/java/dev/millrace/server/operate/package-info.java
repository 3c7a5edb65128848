/** What operators see and do: counts, series, models, training. Start at {@link dev.millrace.server.operate.OperateEndpoint}. */
@NullMarked
package dev.millrace.server.operate;

import org.jspecify.annotations.NullMarked;
