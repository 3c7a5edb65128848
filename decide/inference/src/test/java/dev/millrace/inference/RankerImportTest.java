package dev.millrace.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import dev.millrace.models.Bundle;
import dev.millrace.models.RankerBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.onnx.Attribute;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import dev.millrace.models.ranker.RankerSignature;
import dev.millrace.runtime.Deadline;
import dev.millrace.runtime.Priority;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Rankers made by others: what is taken, and what is refused with the reason. */
class RankerImportTest {
    @TempDir
    Path temporary;

    private Registry registry;

    @BeforeEach
    void open() throws IOException {
        registry = new Registry(temporary.resolve("data/models"));
    }

    private Bundle publish(Path graph, String signature) throws IOException {
        return RankerImport.publish(registry, graph, "ctr", RankerSignature.parse(signature));
    }

    private void assertRefused(String reason, Path graph, String signature) throws IOException {
        IOException refused = assertThrows(IOException.class, () -> publish(graph, signature));
        assertTrue(refused.toString().contains(reason), refused.getMessage());
        assertTrue(registry.list().isEmpty(), "a refused ranker was published");
    }

    @Test
    void ranker_ofOurWriter_isPublishedAndScores() throws IOException {
        Path graph = temporary.resolve("ranker.onnx");
        OnnxWriter.write(RankerTest.perceptron(96, 32, 16), graph);

        Bundle bundle = publish(graph, "features:float[96]->score:float");

        RankerBundle ranker = RankerBundle.of(registry.open(bundle.version()).orElseThrow());
        assertEquals("ctr", ranker.name());
        assertEquals("features:float[96]->score:float", ranker.signature().toString());
        assertEquals("ranker.onnx", bundle.manifest().facts().lineage().get("importedFrom"));
        assertNull(registry.liveVersion());
        registry.promote(bundle.version());
        assertNull(registry.liveVersion(), "a ranker became the sequence model");
        assertEquals(bundle.version(), registry.liveRankers().get("ctr"));
        try (Ranker loaded = Ranker.load(ranker.graph(), ranker.signature(), InferenceConfig.of(10, 1));
                RankerCall call = loaded.borrow()) {
            call.run(3, Priority.INTERACTIVE, Deadline.none());
            assertTrue(call.output(0).getFloat(0) > 0);
        }
    }

    /** As PyTorch exports: a dynamic batch axis by name, weights as initializers, MatMul and Add, two inputs and two heads. */
    @Test
    void ranker_inTheStyleOfAPyTorchExport_isPublished() throws IOException {
        OnnxMl.GraphProto graph = OnnxMl.GraphProto.newBuilder()
                .setName("main_graph")
                .addInput(port("dense", 1, "batch_size", 8))
                .addInput(port("topic", 7, "batch_size"))
                .addInitializer(floats("embedding.weight", 1, 5, 4))
                .addInitializer(floats("fc.weight", 2, 12, 2))
                .addInitializer(floats("fc.bias", 3, 2))
                .addNode(node("Gather", List.of("embedding.weight", "topic"), "/embedding/Gather_output_0"))
                .addNode(node("Concat", List.of("dense", "/embedding/Gather_output_0"), "/Concat_output_0")
                        .addAttribute(OnnxMl.AttributeProto.newBuilder()
                                .setName("axis")
                                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                                .setI(1)))
                .addNode(node("MatMul", List.of("/Concat_output_0", "fc.weight"), "/fc/MatMul_output_0"))
                .addNode(node("Add", List.of("/fc/MatMul_output_0", "fc.bias"), "/fc/Add_output_0"))
                .addNode(node("Sigmoid", List.of("/fc/Add_output_0"), "heads"))
                .addOutput(port("heads", 1, "batch_size", 2))
                .build();
        Path file = write(graph);

        Bundle bundle = publish(file, "topic:int64,dense:float[8]->heads:float[2]");

        assertEquals(
                "int64",
                RankerBundle.of(bundle).signature().inputs().getFirst().type().label());
        assertEquals(
                List.of("dense", "topic"),
                List.copyOf(bundle.manifest().facts().features().keySet()));
    }

    /** As LightGBM's converter does: a label that nobody wants beside probabilities of two classes. */
    @Test
    void ranker_withOutputsThatTheSignatureLeavesOut_isPublished() throws IOException {
        OnnxMl.NodeProto.Builder trees = node("TreeEnsembleClassifier", List.of("input"), "label")
                .setDomain("ai.onnx.ml")
                .addOutput("probabilities")
                .addAttribute(ints("class_ids", 0, 0))
                .addAttribute(ints("class_nodeids", 1, 2))
                .addAttribute(ints("class_treeids", 0, 0))
                .addAttribute(reals("class_weights", 0.2f, 0.9f))
                .addAttribute(ints("classlabels_int64s", 0, 1))
                .addAttribute(ints("nodes_falsenodeids", 2, 0, 0))
                .addAttribute(ints("nodes_featureids", 1, 0, 0))
                .addAttribute(strings("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF"))
                .addAttribute(ints("nodes_nodeids", 0, 1, 2))
                .addAttribute(ints("nodes_treeids", 0, 0, 0))
                .addAttribute(ints("nodes_truenodeids", 1, 0, 0))
                .addAttribute(reals("nodes_values", 0.5f, 0, 0))
                .addAttribute(strings("post_transform", "NONE")
                        .setType(OnnxMl.AttributeProto.AttributeType.STRING)
                        .clearStrings()
                        .setS(ByteString.copyFromUtf8("NONE")));
        OnnxMl.GraphProto graph = OnnxMl.GraphProto.newBuilder()
                .setName("lightgbm")
                .addInput(port("input", 1, "N", 3))
                .addNode(trees)
                .addOutput(port("label", 7, "N"))
                .addOutput(port("probabilities", 1, "N", 2))
                .build();

        Bundle bundle = publish(write(graph), "input:float[3]->probabilities:float[2]");

        assertEquals("ctr", RankerBundle.of(bundle).name());
    }

    @Test
    void ranker_whoseCandidatesSeeEachOther_isRefused() throws IOException {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("listwise");
        Dimension candidates = Dimension.named("N");
        String x = graph.input("x", ElementType.FLOAT, candidates);
        graph.output(
                "score", graph.node("Softmax", List.of(x), Attribute.of("axis", 0)), ElementType.FLOAT, candidates);
        Path file = temporary.resolve("listwise.onnx");
        OnnxWriter.write(graph.build(), file);

        assertRefused("'score' of a candidate changes with the other candidates", file, "x:float->score:float");
    }

    @Test
    void ranker_withAnotherSignature_isRefused() throws IOException {
        Path graph = temporary.resolve("ranker.onnx");
        OnnxWriter.write(RankerTest.perceptron(96, 8, 4), graph);

        assertRefused("the signature says", graph, "features:double[96]->score:float");
        assertRefused("the signature says", graph, "features:float[64]->score:float");
        assertRefused("has no output 'click'", graph, "features:float[96]->click:float");
        assertThrows(
                IllegalArgumentException.class,
                () -> RankerImport.publish(
                        registry, graph, "../up", RankerSignature.parse("features:float[96]->score:float")));
    }

    @Test
    void ranker_withWeightsInAnotherFile_isRefused() throws IOException {
        OnnxMl.TensorProto external = OnnxMl.TensorProto.newBuilder()
                .setName("weight")
                .setDataType(1)
                .addDims(4)
                .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL)
                .addExternalData(OnnxMl.StringStringEntryProto.newBuilder()
                        .setKey("location")
                        .setValue("../../etc/passwd"))
                .build();
        OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder()
                .setName("external")
                .addInput(port("x", 1, "N", 4))
                .addNode(node("Mul", List.of("x", "weight"), "score"))
                .addOutput(port("score", 1, "N", 4));

        assertRefused(
                "its weights lie in another file",
                write(graph.clone().addInitializer(external).build()),
                "x:float[4]->score:float[4]");
        OnnxMl.NodeProto constant = node("Constant", List.of(), "weight")
                .addAttribute(OnnxMl.AttributeProto.newBuilder()
                        .setName("value")
                        .setType(OnnxMl.AttributeProto.AttributeType.TENSOR)
                        .setT(external))
                .build();
        assertRefused(
                "its weights lie in another file",
                write(graph.clone().addNode(0, constant).build()),
                "x:float[4]->score:float[4]");
    }

    @Test
    void file_thatIsNoModel_isRefused() throws IOException {
        String signature = "features:float[96]->score:float";
        Path graph = temporary.resolve("ranker.onnx");
        OnnxWriter.write(RankerTest.perceptron(96, 8, 4), graph);
        byte[] good = Files.readAllBytes(graph);

        assertRefused("is no file", temporary, signature);
        assertRefused("holds no graph", file(new byte[0]), signature);
        assertRefused("is no ONNX model", file("<html>not found</html>".getBytes()), signature);
        assertRefused("is no ONNX model", file(Arrays.copyOf(good, good.length / 2)), signature);
        Path huge = temporary.resolve("huge.onnx");
        try (var channel = java.nio.channels.FileChannel.open(
                huge, java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[1]), (1L << 30)); // a sparse file
        }
        assertRefused("a ranker has at most 1073741824", huge, signature);
    }

    /** Whatever is in the file, it is refused with a sentence or taken; nothing else is thrown. */
    @Test
    void file_withAnyDamage_neverEscapes() throws IOException {
        long seed = 31;
        SplittableRandom random = new SplittableRandom(seed);
        Path graph = temporary.resolve("ranker.onnx");
        OnnxWriter.write(RankerTest.perceptron(96, 8, 4), graph);
        byte[] good = Files.readAllBytes(graph);
        for (int round = 0; round < 150; round++) {
            byte[] bad = good.clone();
            // The graph's structure lies at both ends; the weights between would only give other scores.
            for (int i = 0; i < 3; i++) {
                int at = random.nextInt(400);
                bad[random.nextBoolean() ? at : bad.length - 1 - at] = (byte) random.nextInt(256);
            }
            try {
                publish(file(bad), "features:float[96]->score:float");
            } catch (IOException refused) {
                assertTrue(refused.getMessage().length() > 10, "seed " + seed + ", round " + round);
            }
        }
    }

    private Path file(byte[] content) throws IOException {
        Path file = Files.createTempFile(temporary, "graph", ".onnx");
        Files.write(file, content);
        return file;
    }

    private Path write(OnnxMl.GraphProto graph) throws IOException {
        return file(OnnxMl.ModelProto.newBuilder()
                .setIrVersion(8)
                .setProducerName("pytorch")
                .setProducerVersion("2.10.0")
                .addOpsetImport(
                        OnnxMl.OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
                .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder()
                        .setDomain("ai.onnx.ml")
                        .setVersion(3))
                .setGraph(graph)
                .build()
                .toByteArray());
    }

    private static OnnxMl.ValueInfoProto port(String name, int type, String batch, int... row) {
        OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder()
                .addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimParam(batch));
        for (int axis : row) {
            shape.addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(axis));
        }
        return OnnxMl.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(OnnxMl.TypeProto.newBuilder()
                        .setTensorType(OnnxMl.TypeProto.Tensor.newBuilder()
                                .setElemType(type)
                                .setShape(shape)))
                .build();
    }

    private static OnnxMl.NodeProto.Builder node(String operator, List<String> inputs, String output) {
        return OnnxMl.NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output)
                .addAllInput(inputs)
                .addOutput(output);
    }

    private static OnnxMl.TensorProto floats(String name, long seed, int... shape) {
        int count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            bytes.putFloat((float) random.nextGaussian());
        }
        OnnxMl.TensorProto.Builder tensor = OnnxMl.TensorProto.newBuilder()
                .setName(name)
                .setDataType(1)
                .setRawData(ByteString.copyFrom(bytes.flip()));
        for (int axis : shape) {
            tensor.addDims(axis);
        }
        return tensor.build();
    }

    private static OnnxMl.AttributeProto.Builder ints(String name, long... values) {
        OnnxMl.AttributeProto.Builder attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name).setType(OnnxMl.AttributeProto.AttributeType.INTS);
        Arrays.stream(values).forEach(attribute::addInts);
        return attribute;
    }

    private static OnnxMl.AttributeProto.Builder reals(String name, float... values) {
        OnnxMl.AttributeProto.Builder attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name).setType(OnnxMl.AttributeProto.AttributeType.FLOATS);
        for (float value : values) {
            attribute.addFloats(value);
        }
        return attribute;
    }

    private static OnnxMl.AttributeProto.Builder strings(String name, String... values) {
        OnnxMl.AttributeProto.Builder attribute =
                OnnxMl.AttributeProto.newBuilder().setName(name).setType(OnnxMl.AttributeProto.AttributeType.STRINGS);
        for (String value : values) {
            attribute.addStrings(ByteString.copyFromUtf8(value));
        }
        return attribute;
    }
}
