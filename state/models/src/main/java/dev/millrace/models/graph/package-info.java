/** The networks that Millrace trains, as ONNX graphs. Start at {@link dev.millrace.models.graph.TransformerGraph}. */
@NullMarked
package dev.millrace.models.graph;

import org.jspecify.annotations.NullMarked;
