/** Assembles the request pipeline; alone sees its siblings. */
@NullMarked
package dev.millrace.recommend;

import org.jspecify.annotations.NullMarked;
