/** The arithmetic of choosing: value, diversity, exploration. Start at {@link dev.millrace.recommend.select.ValueModel}. */
@NullMarked
package dev.millrace.recommend.select;

import org.jspecify.annotations.NullMarked;
