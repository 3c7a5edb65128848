/** Tests of personal values and their keys. */
@NullMarked
package dev.millrace.storage.personal;

import org.jspecify.annotations.NullMarked;
