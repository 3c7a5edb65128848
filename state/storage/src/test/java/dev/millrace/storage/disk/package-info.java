/** A disk that crashes. */
@NullMarked
package dev.millrace.storage.disk;

import org.jspecify.annotations.NullMarked;
