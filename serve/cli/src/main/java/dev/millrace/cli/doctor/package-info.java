/** What this machine has, and what that means for Millrace. Start at {@link dev.millrace.cli.doctor.Examination}. */
@NullMarked
package dev.millrace.cli.doctor;

import org.jspecify.annotations.NullMarked;
