/**
 * What is promoted in the registry goes into service: start at {@link dev.millrace.server.follow.PointerWatcher}.
 */
@NullMarked
package dev.millrace.server.follow;

import org.jspecify.annotations.NullMarked;
