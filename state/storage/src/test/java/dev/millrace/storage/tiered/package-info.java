@NullMarked
package dev.millrace.storage.tiered;

import org.jspecify.annotations.NullMarked;
