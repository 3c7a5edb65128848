@NullMarked
package dev.millrace.storage.segment;

import org.jspecify.annotations.NullMarked;
