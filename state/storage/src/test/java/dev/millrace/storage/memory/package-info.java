@NullMarked
package dev.millrace.storage.memory;

import org.jspecify.annotations.NullMarked;
