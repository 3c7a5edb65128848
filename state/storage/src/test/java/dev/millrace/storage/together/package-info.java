@NullMarked
package dev.millrace.storage.together;

import org.jspecify.annotations.NullMarked;
