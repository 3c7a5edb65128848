/** Model bundle format, ONNX graph writer, registry. */
@NullMarked
package dev.millrace.models;

import org.jspecify.annotations.NullMarked;
