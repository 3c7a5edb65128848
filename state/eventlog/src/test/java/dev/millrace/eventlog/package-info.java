@NullMarked
package dev.millrace.eventlog;

import org.jspecify.annotations.NullMarked;
