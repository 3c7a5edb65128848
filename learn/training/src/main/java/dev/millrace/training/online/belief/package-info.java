/** Numbers that drift, and what is known of them. Start at {@link dev.millrace.training.online.belief.Belief}. */
@NullMarked
package dev.millrace.training.online.belief;

import org.jspecify.annotations.NullMarked;
