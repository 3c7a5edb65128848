@NullMarked
package dev.millrace.audience;

import org.jspecify.annotations.NullMarked;
