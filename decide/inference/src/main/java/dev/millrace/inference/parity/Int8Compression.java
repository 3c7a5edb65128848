package dev.millrace.inference.parity;

import dev.millrace.models.compress.Int8Graph;
import dev.millrace.models.compress.ValueRange;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.OnnxGraph;
import dev.millrace.models.ranker.PortType;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.models.ranker.RankerSignature.Port;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A ranker's wide layers in bytes, calibrated on rows that it has met (immutable). */
public final class Int8Compression {
    private final OnnxGraph graph;
    private final RankerSignature signature;
    private final Map<String, ValueRange> ranges;

    private Int8Compression(OnnxGraph graph, RankerSignature signature, Map<String, ValueRange> ranges) {
        this.graph = graph;
        this.signature = signature;
        this.ranges = ranges;
    }

    /**
     * Observes what enters each wide layer.
     *
     * @param signature one float input, and the score first among the outputs
     * @param rows real ones: what they do not show is cut off
     * @param work an existing folder for files of the moment
     * @throws IllegalArgumentException where no layer is wide enough
     */
    public static Int8Compression calibrate(OnnxGraph graph, RankerSignature signature, float[] rows, Path work)
            throws IOException {
        List<String> layers = Int8Graph.layers(graph);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("graph '" + graph.name() + "' has no layer of " + Int8Graph.LEAST_WIDTH
                    + " or more in and out; it would only get slower");
        }
        OnnxGraph observed = Int8Graph.observed(graph);
        Map<String, ValueRange> ranges = new HashMap<>();
        try (RankerOnRows ranker = new RankerOnRows(observed, widened(observed, signature, layers), work)) {
            for (int layer = 0; layer < layers.size(); layer++) {
                ranges.put(
                        layers.get(layer),
                        range(ranker, rows, signature.outputs().size() + layer));
            }
        }
        return new Int8Compression(graph, signature, Map.copyOf(ranges));
    }

    private static RankerSignature widened(OnnxGraph observed, RankerSignature signature, List<String> layers) {
        List<Port> outputs = new ArrayList<>(signature.outputs());
        for (String layer : layers) {
            String name = Int8Graph.inputOf(layer);
            long width = observed.outputs().stream()
                    .filter(port -> port.name().equals(name))
                    .map(port -> port.shape().get(1))
                    .mapToLong(axis -> axis instanceof Dimension.Fixed fixed ? fixed.length() : 0)
                    .findFirst()
                    .orElseThrow();
            outputs.add(new Port(name, PortType.FP32, List.of((int) width)));
        }
        return new RankerSignature(signature.inputs(), outputs);
    }

    private static ValueRange range(RankerOnRows ranker, float[] rows, int port) {
        ValueRange[] range = {ValueRange.none()};
        ranker.forEachBatch(rows, port, (from, n, output) -> {
            int values = output.capacity() / RankerOnRows.BATCH * n;
            for (int i = 0; i < values; i++) {
                range[0] = range[0].including(output.get(i));
            }
        });
        return range[0];
    }

    public OnnxGraph original() {
        return graph;
    }

    public RankerSignature signature() {
        return signature;
    }

    /** The layers that it compresses, in order. */
    public List<String> layers() {
        return Int8Graph.layers(graph);
    }

    /** The compressed graph. */
    public OnnxGraph compressed() {
        return compressed(new LinkedHashSet<>(layers()));
    }

    /** The graph with some layers compressed. */
    OnnxGraph compressed(Set<String> layers) {
        return Int8Graph.compress(graph, layers, ranges);
    }
}
