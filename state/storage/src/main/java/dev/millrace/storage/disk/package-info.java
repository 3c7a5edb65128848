/** Files as durable state needs them, with a seam for crashes. Start at {@link dev.millrace.storage.disk.Disk}. */
@NullMarked
package dev.millrace.storage.disk;

import org.jspecify.annotations.NullMarked;
