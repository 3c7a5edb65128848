/** What a request costs. Start at {@link dev.millrace.evaluation.speed.RequestTime}. */
@NullMarked
package dev.millrace.evaluation.speed;

import org.jspecify.annotations.NullMarked;
