package dev.millrace.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Made-up machines, as Linux would describe them. */
class NumaTopologyTest {
    @TempDir
    private Path root;

    @Test
    void nodes_withMemoryAndProcessors_areWhole() throws IOException {
        describe("online", "0-1\n");
        describe("has_memory", "0-1\n");
        describe("has_cpu", "0-1\n");
        NumaTopology topology = NumaTopology.read(root);
        assertEquals(List.of(0, 1), topology.online());
        assertEquals(List.of(0, 1), topology.whole());
    }

    @Test
    void nodes_withoutMemoryOrProcessors_areOnlineAndNotWhole() throws IOException {
        describe("online", "0-3\n");
        describe("has_memory", "0,2-3\n");
        describe("has_cpu", "0-2\n");
        NumaTopology topology = NumaTopology.read(root);
        assertEquals(List.of(0, 1, 2, 3), topology.online());
        assertEquals(List.of(0, 2), topology.whole());
    }

    @Test
    void nodes_thatAreOffline_areNotThere() throws IOException {
        describe("online", "0,4\n");
        describe("possible", "0-7\n");
        describe("has_memory", "0,2,4\n");
        describe("has_cpu", "0-7\n");
        for (int node = 0; node < 8; node++) {
            Files.createDirectories(root.resolve(NumaTopology.FOLDER).resolve("node" + node));
        }
        NumaTopology topology = NumaTopology.read(root);
        assertEquals(List.of(0, 4), topology.online());
        assertEquals(List.of(0, 4), topology.whole());
    }

    @Test
    void machine_thatTellsNothing_hasOneNode() throws IOException {
        assertEquals(new NumaTopology(List.of(0), List.of(0)), NumaTopology.read(root));
    }

    @Test
    void machine_thatDoesNotTellWhatNodesHave_hasWholeOnes() throws IOException {
        describe("online", "0-1\n");
        assertEquals(List.of(0, 1), NumaTopology.read(root).whole());
    }

    @Test
    void garbage_isRefusedWithItsFileAndText() throws IOException {
        for (String garbage :
                new String[] {"zero", "1-0", "0-", "0,,1", "-1", "0-1024", "99999", "0 1", "\u00ff\u0000"}) {
            describe("online", garbage);
            IOException refused = assertThrows(IOException.class, () -> NumaTopology.read(root), garbage);
            assertTrue(String.valueOf(refused.getMessage()).contains("online says '" + garbage), refused::getMessage);
        }
        describe("online", "\n");
        IOException none = assertThrows(IOException.class, () -> NumaTopology.read(root));
        assertTrue(String.valueOf(none.getMessage()).contains("names no node"), none::getMessage);
        describe("online", "0-1");
        describe("has_cpu", "x".repeat(10_000));
        IOException longOne = assertThrows(IOException.class, () -> NumaTopology.read(root));
        assertTrue(String.valueOf(longOne.getMessage()).length() < 400, "the whole file is not told");
    }

    @Test
    void thisMachine_isUnderstood() throws IOException {
        assertTrue(NumaTopology.read(Path.of("/")).online().contains(0));
    }

    private void describe(String file, String text) throws IOException {
        Path folder = Files.createDirectories(root.resolve(NumaTopology.FOLDER));
        Files.write(folder.resolve(file), text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
