/** Authenticated encryption and the master keys that wrap other keys. Start at {@link dev.millrace.storage.cipher.MasterKey}. */
@NullMarked
package dev.millrace.storage.cipher;

import org.jspecify.annotations.NullMarked;
