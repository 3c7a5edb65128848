@NullMarked
package dev.millrace.audience.world;

import org.jspecify.annotations.NullMarked;
