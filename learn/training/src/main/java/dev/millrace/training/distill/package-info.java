/**
 * What a student learns from its teacher. Start at {@link dev.millrace.training.distill.DistillationLoss}.
 */
@NullMarked
package dev.millrace.training.distill;

import org.jspecify.annotations.NullMarked;
