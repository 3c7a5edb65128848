/**
 * A simulated audience with a known truth that uses the public API only. Start at {@link
 * dev.millrace.audience.Audience}; what it clicks on is decided by {@link dev.millrace.audience.world.Truth}.
 */
@NullMarked
package dev.millrace.audience;

import org.jspecify.annotations.NullMarked;
