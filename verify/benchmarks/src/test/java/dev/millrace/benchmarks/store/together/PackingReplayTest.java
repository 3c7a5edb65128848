package dev.millrace.benchmarks.store.together;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.benchmarks.store.trace.AccessTrace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

class PackingReplayTest {
    @TempDir
    private Path directory;

    @Test
    void replay_ofPlantedTopics_readsFewerPagesAfterPacking() throws IOException {
        List<PackingGain> gains = new ArrayList<>();
        PackingReplay.run(20_000, directory.resolve("none"), directory.resolve("none"), directory, gains::add);
        assertEquals(2, gains.size());
        for (PackingGain gain : gains) {
            assertEquals(500, gain.before().keys());
            assertTrue(gain.before().misses() > 0 && gain.before().keysPerSecond() > 0, gain::toString);
            assertTrue(gain.fewerPages() > 1.5 && gain.fewerReads() >= gain.fewerPages(), gain::toString);
        }
        assertEquals(
                gains, PackingGain.parse(gains.stream().map(PackingGain::line).toList()));
    }

    @Test
    void histories_areARequestEach() throws IOException {
        Path file = directory.resolve("history.tsv.gz");
        write(file, "user_id\twatch_seq\tlike_seq\n7\t12 30 12\t\n8\t30\t30\n");
        RequestTrace trace = RequestTrace.histories(file);
        assertEquals(2, trace.rows());
        assertArrayEquals(new int[] {0, 1, 0}, trace.requests()[0]);
        assertArrayEquals(new int[] {1}, trace.requests()[1]);
        write(file, "user_id\tlike_seq\n");
        IOException other = assertThrows(IOException.class, () -> RequestTrace.histories(file));
        assertTrue(other.getMessage().contains("watch_seq is needed"), other.getMessage());
    }

    @Test
    void windows_leaveOutWhatFillsNone() {
        RequestTrace trace = RequestTrace.windows(new AccessTrace("t", new int[250], 1));
        assertEquals(2, trace.requests().length);
        assertEquals(100, trace.requests()[1].length);
    }

    private static void write(Path file, String text) throws IOException {
        try (Writer out =
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8)) {
            out.write(text);
        }
    }
}
