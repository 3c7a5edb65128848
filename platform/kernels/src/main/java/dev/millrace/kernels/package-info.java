/** SIMD maths, top-k, and native memory: the only user of incubator modules and downcalls. */
@NullMarked
package dev.millrace.kernels;

import org.jspecify.annotations.NullMarked;
