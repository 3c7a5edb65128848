/** ONNX files written by hand, without a protobuf library. Start at {@link dev.millrace.models.onnx.OnnxGraphBuilder}. */
@NullMarked
package dev.millrace.models.onnx;

import org.jspecify.annotations.NullMarked;
