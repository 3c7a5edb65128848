/** The web console; talks only to the public API. */
@NullMarked
package dev.millrace.console;

import org.jspecify.annotations.NullMarked;
