package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ItemId;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.RidgeBundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.onnx.Dimension;
import dev.millrace.models.onnx.ElementType;
import dev.millrace.models.onnx.OnnxGraphBuilder;
import dev.millrace.models.onnx.OnnxWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class ModelsCommandTest {
    @TempDir
    Path temporary;

    private CommandRun run(String... arguments) {
        List<String> all = new java.util.ArrayList<>(List.of(arguments));
        all.add(0, "models");
        all.add("--data-dir");
        all.add(temporary.resolve("data").toString());
        return CommandRun.of(all.toArray(String[]::new));
    }

    private Path graph(float factor) throws IOException {
        OnnxGraphBuilder graph = new OnnxGraphBuilder("scaled");
        Dimension candidates = Dimension.named("N");
        String x = graph.input("x", ElementType.FLOAT, candidates);
        String by = graph.constant("by", new float[] {factor}, 1);
        graph.output("score", graph.node("Mul", List.of(x, by)), ElementType.FLOAT, candidates);
        Path file = temporary.resolve("ranker" + factor + ".onnx");
        OnnxWriter.write(graph.build(), file);
        return file;
    }

    @Test
    void compress_rankerOrUnknownVersion_saysWhatToGive() throws IOException {
        Files.createDirectories(temporary.resolve("data").resolve("log"));
        CommandRun imported =
                run("import", graph(1).toString(), "--name", "ctr", "--signature", "x:float->score:float");
        String ranker = imported.out().substring(0, 20);
        CommandRun refused = run("compress", ranker);
        assertTrue(refused.exitCode() != 0, refused.out());
        assertTrue(refused.err().contains("causal-transformer"), refused.err());
        assertTrue(run("compress", "0".repeat(20)).err().contains("not published"));
        assertTrue(run("compress", ranker, "--precision", "int4").err().contains("fp16, int8"));
    }

    @Test
    void prune_nothingNamed_saysWhatCanBeTakenOut() throws IOException {
        Files.createDirectories(temporary.resolve("data"));
        CommandRun refused = run("prune");
        assertTrue(refused.exitCode() != 0, refused.out());
        assertTrue(refused.err().contains("--reach"), refused.err());
    }

    @Test
    void models_fromImportToRollBack_areToldInSentences() throws IOException {
        Files.createDirectories(temporary.resolve("data"));
        String[] signature = {"--name", "ctr", "--signature", "x:float->score:float"};
        CommandRun imported =
                run("import", graph(1).toString(), signature[0], signature[1], signature[2], signature[3]);
        assertEquals(0, imported.exitCode(), imported.err());
        String first = imported.out().substring(0, 20);
        assertEquals(0, run("promote", first).exitCode());
        CommandRun second =
                run("import", graph(2).toString(), "--promote", signature[0], signature[1], signature[2], signature[3]);
        assertTrue(second.out().contains("is live"), second.out() + second.err());

        assertTrue(run("list").out().contains("-----BEGIN PUBLIC KEY-----"));
        assertTrue(run("list", "--json").out().contains("\"signedBy\""));
        assertTrue(
                run("show", first).out().contains("x:float->score:float"),
                run("show", first).out());
        assertTrue(run("diff", first, second.out().substring(0, 20)).out().contains("ranker.onnx bytes"));
        assertEquals(0, run("verify").exitCode());
        CommandRun back = run("rollback", "--ranker", "ctr");
        assertTrue(back.out().startsWith(first), back.out() + back.err());

        Files.delete(temporary.resolve("data/models/bundles").resolve(first).resolve("signature.json"));
        CommandRun broken = run("verify", first);
        assertEquals(1, broken.exitCode());
        assertTrue(broken.out().contains("has no signature.json"), broken.out());
        CommandRun refused = run("promote", first);
        assertEquals(1, refused.exitCode());
        assertTrue(refused.err().contains("has no signature.json"), refused.err());
    }

    @Test
    void rollback_ofTheRidge_asksForItsOwnVersions() throws IOException {
        Path data = Files.createDirectories(temporary.resolve("data"));
        assertFailed("no model was live before", run("rollback", "--ridge"));
        assertFailed("give one of", run("rollback", "--ridge", "--online"));
        Registry registry = new Registry(data.resolve("models"));
        String first = registry.publish(ridge("first")).version();
        registry.promote(first);
        registry.promote(registry.publish(ridge("second")).version());

        CommandRun back = run("rollback", "--ridge");

        assertEquals(0, back.exitCode(), back.err());
        assertTrue(back.out().startsWith(first), back.out());
        assertEquals(first, registry.liveRidge());
    }

    private Path ridge(String origin) throws IOException {
        Vocabulary items = new Vocabulary(List.of(new ItemId("a"), new ItemId("b")));
        RidgeBundle.Votes votes = new RidgeBundle.Votes(items, 1, 0.8, 20, new int[] {1, -1}, new float[] {1, 0});
        Path folder = temporary.resolve(origin);
        RidgeBundle.write(folder, votes, Map.of(), Map.of("source", origin));
        return folder;
    }

    @Test
    void rollback_ofWhatWasLearntOnline_leavesTheModelAlone() throws IOException {
        Path data = Files.createDirectories(temporary.resolve("data"));
        assertFailed("nothing was learnt online", run("rollback", "--online"));
        Registry registry = new Registry(data.resolve("models"));
        Vocabulary items = new Vocabulary(
                IntStream.range(0, 20).mapToObj(i -> new ItemId("i" + i)).toList());
        Path bundle = temporary.resolve("bundle");
        BundleWriter.write(
                bundle,
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(20, 8, 2, 1, 5), 1),
                        items,
                        Instant.EPOCH,
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        String version = registry.publish(bundle).version();
        registry.promote(version);
        Path delta = temporary.resolve("delta");
        DeltaBundle.write(delta, ModelDelta.empty(version, 6, ModelDelta.Cause.LEARNED, 0, 8), Map.of());
        registry.publishDelta(delta);

        assertTrue(
                run("list").out().contains(version + "+6, 0 items"), run("list").out());
        CommandRun back = run("rollback", "--online");

        assertEquals(0, back.exitCode(), back.err());
        assertTrue(back.out().contains(version + "+7"), back.out());
        assertEquals(version, registry.liveVersion());
    }

    @Test
    void import_ofSomethingElse_isRefusedInASentence() throws IOException {
        Files.createDirectories(temporary.resolve("data"));
        Path text = Files.writeString(temporary.resolve("text.onnx"), "no model");
        assertFailed(
                "is no ONNX model", run("import", text.toString(), "--name", "a", "--signature", "x:float->y:float"));
        assertFailed("needs --name and --signature", run("import", text.toString()));
        assertFailed("no single '->'", run("import", text.toString(), "--name", "a", "--signature", "x:float"));
        assertFailed(
                "cannot be called 'A b'",
                run("import", graph(3).toString(), "--name", "A b", "--signature", "x:float->score:float"));
        assertFailed(
                "has no signature; give --unsigned",
                run("import", Files.createDirectory(temporary.resolve("folder")).toString()));
    }

    private static void assertFailed(String reason, CommandRun run) {
        assertEquals(1, run.exitCode(), run.err());
        assertTrue(run.err().contains(reason), run.err());
    }
}
