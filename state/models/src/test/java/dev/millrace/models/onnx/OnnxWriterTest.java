package dev.millrace.models.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

class OnnxWriterTest {
    /** Gather rows, mean over them, times a matrix: a small encoder with each kind of part. */
    private static OnnxGraph smallEncoder(float[] table, float[] matrix, int length, int dimension) {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("small");
        String history = graph.input("history", ElementType.INT64, Dimension.named("B"), Dimension.of(length));
        String rows = graph.node(
                "Gather", List.of(graph.constant("table", table, table.length / dimension, dimension), history));
        String axes = graph.constant("axes", new long[] {1}, 1);
        String mean = graph.node("ReduceMean", List.of(rows, axes), Attribute.of("keepdims", 0));
        String user = graph.node(
                "Gemm",
                List.of(mean, graph.constant("matrix", matrix, dimension, dimension)),
                Attribute.of("alpha", 0.5f),
                Attribute.of("transB", 1));
        graph.output("user", user, ElementType.FLOAT, Dimension.named("B"), Dimension.of(dimension));
        return graph.build();
    }

    private static float[] random(SplittableRandom random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static byte[] encode(OnnxGraph graph) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OnnxWriter.write(graph, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    @Test
    void model_readByAnotherReader_hasEveryPart() throws IOException {
        float[] table = random(new SplittableRandom(1), 5 * 3);
        float[] matrix = random(new SplittableRandom(2), 9);

        OnnxMl.ModelProto model = OnnxMl.ModelProto.parseFrom(encode(smallEncoder(table, matrix, 4, 3)));

        assertEquals(OnnxWriter.IR_VERSION, model.getIrVersion());
        assertEquals("millrace", model.getProducerName());
        assertEquals(1, model.getOpsetImportCount());
        assertEquals("", model.getOpsetImport(0).getDomain());
        assertEquals(OnnxWriter.OPSET, model.getOpsetImport(0).getVersion());
        OnnxMl.GraphProto graph = model.getGraph();
        assertEquals("small", graph.getName());
        assertEquals(
                List.of("Gather", "ReduceMean", "Gemm", "Identity"),
                graph.getNodeList().stream().map(OnnxMl.NodeProto::getOpType).toList());
        assertEquals(List.of("table", "history"), List.copyOf(graph.getNode(0).getInputList()));
        OnnxMl.TypeProto.Tensor input = graph.getInput(0).getType().getTensorType();
        assertEquals("history", graph.getInput(0).getName());
        assertEquals(OnnxMl.TensorProto.DataType.INT64_VALUE, input.getElemType());
        assertEquals("B", input.getShape().getDim(0).getDimParam());
        assertEquals(4, input.getShape().getDim(1).getDimValue());
        OnnxMl.TypeProto.Tensor output = graph.getOutput(0).getType().getTensorType();
        assertEquals(OnnxMl.TensorProto.DataType.FLOAT_VALUE, output.getElemType());
        assertEquals(3, output.getShape().getDim(1).getDimValue());
        OnnxMl.TensorProto first = graph.getInitializer(0);
        assertEquals(List.of(5L, 3L), first.getDimsList());
        float[] stored = new float[15];
        ByteBuffer.wrap(first.getRawData().toByteArray())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(stored);
        assertArrayEquals(table, stored);
        assertTrue(model.getUnknownFields().asMap().isEmpty());
        assertTrue(graph.getUnknownFields().asMap().isEmpty());
    }

    @Test
    void attributes_readByAnotherReader_keepTypeAndValue() throws IOException {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("attributes");
        String in = graph.input("in", ElementType.FLOAT, Dimension.of(2));
        String out = graph.node(
                "Anything",
                List.of(in),
                Attribute.of("whole", -7),
                Attribute.of("decimal", 1.5f),
                Attribute.of("text", "tänzer"),
                Attribute.of("wholes", new long[] {3, -1, Long.MAX_VALUE}));
        graph.output("out", out, ElementType.BOOL, Dimension.of(2));

        OnnxMl.NodeProto node =
                OnnxMl.ModelProto.parseFrom(encode(graph.build())).getGraph().getNode(0);

        assertEquals(
                OnnxMl.AttributeProto.AttributeType.INT, node.getAttribute(0).getType());
        assertEquals(-7, node.getAttribute(0).getI());
        assertEquals(
                OnnxMl.AttributeProto.AttributeType.FLOAT, node.getAttribute(1).getType());
        assertEquals(1.5f, node.getAttribute(1).getF());
        assertEquals(
                OnnxMl.AttributeProto.AttributeType.STRING, node.getAttribute(2).getType());
        assertEquals("tänzer", node.getAttribute(2).getS().toStringUtf8());
        assertEquals(
                OnnxMl.AttributeProto.AttributeType.INTS, node.getAttribute(3).getType());
        assertEquals(List.of(3L, -1L, Long.MAX_VALUE), node.getAttribute(3).getIntsList());
    }

    @Test
    void model_runByOnnxRuntime_givesWhatTheFormulaGives(@TempDir Path directory) throws Exception {
        SplittableRandom random = new SplittableRandom(11);
        float[] table = random(random, 7 * 4);
        float[] matrix = random(random, 16);
        Path file = directory.resolve("small.onnx");
        OnnxWriter.write(smallEncoder(table, matrix, 3, 4), file);
        assertEquals(OnnxWriter.sizeBytes(smallEncoder(table, matrix, 3, 4)), Files.size(file));
        long[][] history = {{1, 5, 6}, {0, 2, 2}};

        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor input = OnnxTensor.createTensor(environment, history);
                OrtSession.Result result = session.run(Map.of("history", input))) {
            float[][] user = (float[][]) result.get(0).getValue();
            for (int row = 0; row < 2; row++) {
                for (int out = 0; out < 4; out++) {
                    double expected = 0;
                    for (int in = 0; in < 4; in++) {
                        double mean = 0;
                        for (long id : history[row]) {
                            mean += table[(int) id * 4 + in] / 3;
                        }
                        expected += 0.5 * mean * matrix[out * 4 + in];
                    }
                    assertEquals(expected, user[row][out], 1e-5);
                }
            }
        }
    }

    @Test
    void model_aboveTwoGigabytes_isRefusedAndWritesNothing(@TempDir Path directory) {
        float[] shared = new float[16 << 20]; // 64 MiB, used 33 times: sizes are known without encoding
        OnnxGraphBuilder graph = new OnnxGraphBuilder("huge");
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < 33; i++) {
            parts.add(graph.constant("part" + i, shared, shared.length));
        }
        graph.output("sum", graph.node("Sum", parts), ElementType.FLOAT, Dimension.of(shared.length));
        Path file = directory.resolve("huge.onnx");

        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> OnnxWriter.write(graph.build(), file));

        assertTrue(refused.toString().contains("'huge'"), refused.getMessage());
        assertTrue(refused.toString().contains("at most 2147483647"), refused.getMessage());
        assertFalse(Files.exists(file));
    }

    @Test
    void graph_readingAnUndefinedValue_isRefused() {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("loose");
        graph.output("out", graph.node("Relu", List.of("nowhere")), ElementType.FLOAT, Dimension.of(1));

        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, graph::build);

        assertTrue(refused.toString().contains("reads 'nowhere'"), refused.getMessage());
    }

    @Test
    void graph_definingAValueTwice_isRefused() {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("double");
        graph.constant("a", new float[] {1}, 1);
        graph.output("out", graph.constant("a", new float[] {2}, 1), ElementType.FLOAT, Dimension.of(1));

        assertThrows(IllegalArgumentException.class, graph::build);
    }

    @Test
    void constant_whoseShapeDisagrees_isRefused() {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> Tensor.of("w", new float[5], 2, 3));

        assertTrue(refused.toString().contains("needs 6 elements but has 5"), refused.getMessage());
    }
}
