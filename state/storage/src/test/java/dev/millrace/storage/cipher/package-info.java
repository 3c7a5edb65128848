/** Tests of master keys. */
@NullMarked
package dev.millrace.storage.cipher;

import org.jspecify.annotations.NullMarked;
