/** Items and users as callers write and read them. Start at {@link dev.millrace.wire.catalog.ItemBody}. */
@NullMarked
package dev.millrace.wire.catalog;

import org.jspecify.annotations.NullMarked;
