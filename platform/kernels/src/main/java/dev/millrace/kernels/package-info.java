/**
 * SIMD maths, top-k selection and primitive sets: the only user of incubator modules.
 *
 * <p>Start at {@link dev.millrace.kernels.VectorMath}.
 */
@NullMarked
package dev.millrace.kernels;

import org.jspecify.annotations.NullMarked;
