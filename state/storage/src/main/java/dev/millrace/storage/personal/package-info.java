/**
 * Values of people, encrypted with a key per person that can be dropped. Start at
 * {@link dev.millrace.storage.personal.PersonalCipher}.
 */
@NullMarked
package dev.millrace.storage.personal;

import org.jspecify.annotations.NullMarked;
