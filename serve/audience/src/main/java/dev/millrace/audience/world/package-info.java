/**
 * The simulated world: items, people, and the truth by which they click. Start at {@link
 * dev.millrace.audience.world.World}.
 */
@NullMarked
package dev.millrace.audience.world;

import org.jspecify.annotations.NullMarked;
