/**
 * The web console: server-rendered pages that talk only to the public API, with the key that a person signed in with.
 * Start at {@link dev.millrace.console.Console}.
 */
@NullMarked
package dev.millrace.console;

import org.jspecify.annotations.NullMarked;
