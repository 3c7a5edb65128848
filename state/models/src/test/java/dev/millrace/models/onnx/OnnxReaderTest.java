package dev.millrace.models.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.RandomTransformer.Sizes;
import dev.millrace.models.graph.ScorerGraph;
import dev.millrace.models.graph.TransformerGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class OnnxReaderTest {
    @TempDir
    Path folder;

    @Test
    void read_encoderAndScorer_writesTheSameBytesAgain() throws IOException {
        roundTrip(TransformerGraph.encoder(RandomTransformer.weights(new Sizes(30, 8, 2, 2, 6), 3)));
        roundTrip(ScorerGraph.dotProduct(8));
    }

    @Test
    void read_everyKindOfPart_comesBack() throws IOException {
        OnnxGraph graph = new OnnxGraph(
                "parts",
                List.of(TensorPort.of("x", ElementType.FLOAT, Dimension.named("N"), Dimension.of(3))),
                List.of(TensorPort.of("y", ElementType.FLOAT, Dimension.named("N"))),
                List.of(
                        Tensor.of("floats", new float[] {1.5f, -2}, 2),
                        Tensor.of("longs", new long[] {-1, Long.MAX_VALUE}, 1, 2),
                        Tensor.signed("bytes", new byte[] {-128, 127}, 2),
                        Tensor.unsigned("unsigned", new byte[] {-1}, 1),
                        Tensor.halves("halves", new short[] {Float.floatToFloat16(0.25f)}, 1)),
                List.of(new OnnxNode(
                        "Thing",
                        List.of("x", "", "floats"),
                        List.of("y"),
                        List.of(
                                Attribute.of("whole", -7),
                                Attribute.of("decimal", 0.1f),
                                Attribute.of("text", "ü"),
                                Attribute.of("wholes", new long[] {3, -4})))));
        OnnxGraph read = roundTrip(graph);
        assertEquals(graph.inputs(), read.inputs());
        assertEquals(graph.nodes(), read.nodes());
        assertArrayEquals(
                new float[] {1.5f, -2}, ((Tensor.Floats) read.constants().getFirst()).values());
    }

    @Test
    void read_fileCutAnywhere_isRefusedAndNeverHalfRead() throws IOException {
        Path whole = folder.resolve("whole.onnx");
        OnnxWriter.write(ScorerGraph.dotProduct(4), whole);
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = folder.resolve("cut.onnx");
        for (int length = 0; length < bytes.length - 20; length += 7) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThrows(IOException.class, () -> OnnxReader.read(cut), "cut at " + length);
        }
    }

    @Test
    void read_graphOfAnotherWriter_isRefusedByItsName() throws IOException {
        Path file = folder.resolve("other.onnx");
        OnnxWriter.write(ScorerGraph.dotProduct(4), file);
        byte[] bytes = Files.readAllBytes(file);
        int name = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("millrace");
        bytes[name] = 'w';
        Files.write(file, bytes);
        IOException refused = assertThrows(IOException.class, () -> OnnxReader.read(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("willrace"), refused.getMessage());
    }

    private OnnxGraph roundTrip(OnnxGraph graph) throws IOException {
        Path first = folder.resolve(graph.name() + ".onnx");
        Path second = folder.resolve(graph.name() + "-again.onnx");
        OnnxWriter.write(graph, first);
        OnnxGraph read = OnnxReader.read(first);
        OnnxWriter.write(read, second);
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        return read;
    }
}
