/** Rankers made elsewhere: what they take and give. Start at {@link dev.millrace.models.ranker.RankerSignature}. */
@NullMarked
package dev.millrace.models.ranker;

import org.jspecify.annotations.NullMarked;
