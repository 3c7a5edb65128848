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
    void sessions_endWithAPauseOfHalfAnHour() throws IOException {
        Path file = directory.resolve("events.csv.gz");
        write(file, "user_id,time_ms,video_id\n7,0,a\n8,5,b\n7,1000,c\n7,1801001,a\n8,1000,b\n");
        RequestTrace trace = RequestTrace.sessions(file);
        assertEquals(3, trace.rows());
        assertEquals(3, trace.requests().length);
        assertArrayEquals(new int[] {0, 2}, trace.requests()[0]);
        assertArrayEquals(new int[] {1, 1}, trace.requests()[1]);
        assertArrayEquals(new int[] {0}, trace.requests()[2]);
        write(file, "user,time_ms,video_id\n");
        IOException other = assertThrows(IOException.class, () -> RequestTrace.sessions(file));
        assertTrue(other.getMessage().contains("user_id, video_id and time_ms are needed"), other.getMessage());
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
