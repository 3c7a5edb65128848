/**
 * The coldest tier: sealed objects in a directory or an object store, read by range through a bounded cache. Start at
 * {@link dev.millrace.storage.cold.CachedColdReader}.
 */
@NullMarked
package dev.millrace.storage.cold;

import org.jspecify.annotations.NullMarked;
