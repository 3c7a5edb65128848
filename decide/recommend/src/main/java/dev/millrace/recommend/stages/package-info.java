/** The stages of the request path, one class each. Start at {@link dev.millrace.recommend.stages.Fields}. */
@NullMarked
package dev.millrace.recommend.stages;

import org.jspecify.annotations.NullMarked;
