@NullMarked
package dev.millrace.cli.doctor;

import org.jspecify.annotations.NullMarked;
