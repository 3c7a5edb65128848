@NullMarked
package dev.millrace.storage;

import org.jspecify.annotations.NullMarked;
