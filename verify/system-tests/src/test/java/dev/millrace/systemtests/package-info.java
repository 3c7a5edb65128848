@NullMarked
package dev.millrace.systemtests;

import org.jspecify.annotations.NullMarked;
