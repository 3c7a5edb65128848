package dev.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

class SnapshotTest {
    private static final SnapshotHeader HEADER =
            new SnapshotHeader("features", 3, 42, Instant.parse("2026-02-03T04:05:06.789Z"));

    @TempDir
    Path directory;

    @Test
    void snapshot_writtenAndRead_isTheSame() throws IOException {
        Map<String, byte[]> sections = sections(new Random(1), 700_000);
        Path file = write("a.snapshot", sections);
        try (SnapshotReader reader = SnapshotReader.open(file)) {
            assertEquals(HEADER, reader.header());
            assertEquals(List.copyOf(sections.keySet()), reader.sections());
            for (String name : List.of("small", "empty", "large")) {
                assertArrayEquals(sections.get(name), reader.section(name).readAllBytes());
            }
            IOException unknown = assertThrows(IOException.class, () -> reader.section("other"));
            assertTrue(String.valueOf(unknown.getMessage()).contains("other"));
        }
    }

    @Test
    void close_withoutCommit_leavesTheOlderSnapshotAndNoRest() throws IOException {
        Path file = write("a.snapshot", Map.of("one", new byte[] {1}));
        try (SnapshotWriter writer = SnapshotWriter.create(file, HEADER);
                DataOutputStream section = writer.section("one")) {
            section.write(new byte[] {2});
        }
        try (SnapshotReader reader = SnapshotReader.open(file)) {
            assertArrayEquals(new byte[] {1}, reader.section("one").readAllBytes());
        }
        try (var files = Files.list(directory)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void open_truncatedAnywhere_isRefused() throws IOException {
        byte[] whole = Files.readAllBytes(write("a.snapshot", sections(new Random(2), 300)));
        for (int length = 0; length < whole.length; length++) {
            Path cut = directory.resolve("cut");
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThrows(IOException.class, () -> SnapshotReader.open(cut).close(), "cut to " + length);
        }
    }

    @Test
    void read_anyByteChanged_neverGivesOtherContent() throws IOException {
        Map<String, byte[]> sections = sections(new Random(3), 300);
        byte[] whole = Files.readAllBytes(write("a.snapshot", sections));
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= (byte) (1 << at % 8);
            Path changed = directory.resolve("changed");
            Files.write(changed, bytes);
            refused += isRefused(changed, sections) ? 1 : 0;
        }
        // Only the twelve reserved bytes may change without being noticed.
        assertTrue(refused >= whole.length - 12, refused + " of " + whole.length);
    }

    @Test
    void open_garbage_isRefusedWithTheFilesName() throws IOException {
        Random random = new Random(4);
        for (int round = 0; round < 500; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            Path file = directory.resolve("garbage");
            Files.write(file, bytes);
            IOException refusal = assertThrows(
                    IOException.class, () -> SnapshotReader.open(file).close());
            assertTrue(String.valueOf(refusal.getMessage()).contains("garbage"));
        }
    }

    @Test
    void open_fileOfTheFirstFormat_isRead() throws IOException {
        String hex;
        try (var in = SnapshotTest.class.getResourceAsStream("/snapshot-v1.hex")) {
            hex = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
        Path file = directory.resolve("old");
        Files.write(file, HexFormat.of().parseHex(hex));
        try (SnapshotReader reader = SnapshotReader.open(file);
                DataInputStream section = reader.section("greeting")) {
            assertEquals(HEADER, reader.header());
            assertEquals("Grüß Gott", section.readUTF());
        }
    }

    @Test
    void section_openedTwice_isRefused() throws IOException {
        try (SnapshotWriter writer = SnapshotWriter.create(directory.resolve("a"), HEADER)) {
            writer.section("one").close();
            assertThrows(IllegalArgumentException.class, () -> writer.section("one"));
            DataOutputStream open = writer.section("two");
            assertThrows(IllegalStateException.class, () -> writer.section("three"));
            assertThrows(IllegalStateException.class, writer::commit);
            open.close();
        }
    }

    @Test
    void directory_ofSeveral_givesNewestFirstAndPrunes() throws IOException {
        SnapshotDirectory snapshots = new SnapshotDirectory(directory, "features");
        for (long offset : new long[] {5, 1_000_000, 70}) {
            Path file = snapshots.file(offset);
            write(String.valueOf(file.getFileName()), Map.of());
        }
        Files.write(directory.resolve("features-9.snapshot.writing"), new byte[] {1});
        assertEquals(
                List.of(snapshots.file(1_000_000), snapshots.file(70), snapshots.file(5)), snapshots.newestFirst());
        snapshots.prune(1);
        assertEquals(List.of(snapshots.file(1_000_000)), snapshots.newestFirst());
        assertFalse(Files.exists(directory.resolve("features-9.snapshot.writing")));
    }

    @Test
    void removeLeftovers_ofAKind_leavesFinishedOnesAndOtherKinds() throws IOException {
        SnapshotDirectory snapshots = new SnapshotDirectory(directory, "whole");
        write(String.valueOf(snapshots.file(5).getFileName()), Map.of());
        Path brokenOff = Files.write(directory.resolve("whole-00000000000000000009.snapshot.writing"), new byte[] {1});
        Path ofOthers = Files.write(directory.resolve("features-9.snapshot.writing"), new byte[] {1});
        snapshots.removeLeftovers();
        assertFalse(Files.exists(brokenOff));
        assertTrue(Files.exists(ofOthers));
        assertEquals(List.of(snapshots.file(5)), snapshots.newestFirst());
    }

    private Path write(String name, Map<String, byte[]> sections) throws IOException {
        Path file = directory.resolve(name);
        try (SnapshotWriter writer = SnapshotWriter.create(file, HEADER)) {
            for (Map.Entry<String, byte[]> section : sections.entrySet()) {
                try (DataOutputStream out = writer.section(section.getKey())) {
                    out.write(section.getValue());
                }
            }
            writer.commit();
        }
        return file;
    }

    private static Map<String, byte[]> sections(Random random, int largeBytes) {
        byte[] large = new byte[largeBytes];
        random.nextBytes(large);
        return new TreeMap<>(Map.of("empty", new byte[0], "large", large, "small", new byte[] {1, 2, 3}));
    }

    /** Fails when the file is read with other content than it was written with. */
    private static boolean isRefused(Path file, Map<String, byte[]> sections) {
        try (SnapshotReader reader = SnapshotReader.open(file)) {
            assertEquals(HEADER, reader.header());
            for (Map.Entry<String, byte[]> section : sections.entrySet()) {
                assertArrayEquals(
                        section.getValue(), reader.section(section.getKey()).readAllBytes());
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
