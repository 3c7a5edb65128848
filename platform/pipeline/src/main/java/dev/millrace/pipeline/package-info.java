/** Stage contracts and their executor; knows no business word. */
@NullMarked
package dev.millrace.pipeline;

import org.jspecify.annotations.NullMarked;
