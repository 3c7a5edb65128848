package dev.millrace.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.tiered.StoreInspection;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.storage.tiered.TieredTable;
import dev.millrace.storage.tiered.TieredValueTable;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A process that writes to a tiered store is killed with {@code kill -9} and its store opened again. Three rounds by default;
 * {@code -Dmillrace.crash.rounds=1000} for the whole proof.
 */
class StoreCrashTest {
    private static final int ROUNDS = Integer.getInteger("millrace.crash.rounds", 3);
    private static final long VERSIONS_A_ROUND = 1_000_000;

    @TempDir
    Path directory;

    /** The versions that a key may have: the one on disk, and those that were tried since. Negative: no row. */
    private final Map<Long, Set<Long>> possible = new HashMap<>();

    private final Map<Long, Set<Long>> possibleValues = new HashMap<>();

    private long acknowledged;

    @Test
    void store_afterKill_holdsEveryAcknowledgedRow() throws Exception {
        Random random = Seed.random("store_afterKill");
        for (int round = 0; round < ROUNDS; round++) {
            long before = acknowledged;
            // The first writes of both threads are tried in 48 lines at most; what follows tells what is on disk.
            runAndKill(random.nextLong(), round * VERSIONS_A_ROUND, 49 + random.nextInt(20_000));
            assertTrue(acknowledged > before, "the process acknowledged something in round " + round);
            assertTrue(StoreInspection.run(directory).isWhole(), () -> "damage: " + findings());
            requirePossible("round " + round);
        }
        System.out.println(ROUNDS + " kills, " + acknowledged + " acknowledged rows, none lost, none torn");
    }

    private String findings() {
        try {
            return StoreInspection.run(directory).findings().toString();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void runAndKill(long seed, long version, int after) throws Exception {
        Process process = start(seed, version);
        int count = 0;
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                note(line);
                if (++count == after) {
                    // The handle, not the process: that would close the pipe with what is still in it.
                    process.toHandle().destroyForcibly();
                }
            }
        } finally {
            process.destroyForcibly();
        }
        assertEquals(137, process.waitFor());
    }

    private void note(String line) {
        // A line that the kill cut off tells of a write that nobody was told of.
        String[] words = line.split(" ", -1);
        if (words.length != 3) {
            return;
        }
        long key = Long.parseLong(words[1]);
        long version = Long.parseLong(words[2]);
        if (words[0].equals("?")) {
            possible.computeIfAbsent(key, k -> new HashSet<>(Set.of(-1L))).add(version);
            possibleValues.computeIfAbsent(key, k -> new HashSet<>(Set.of(-1L))).add(version);
        } else {
            acknowledged++;
            possible.put(key, new HashSet<>(Set.of(version)));
            possibleValues.put(key, new HashSet<>(Set.of(version)));
        }
    }

    private void requirePossible(String where) throws IOException {
        try (TieredStore store = TieredStore.open(
                directory, StoreWritingProcess.CONFIG, List.of(StoreWritingProcess.ROWS, StoreWritingProcess.VALUES))) {
            TieredTable table = store.table("rows");
            long[] row = new long[StoreWritingProcess.LONGS];
            for (Map.Entry<Long, Set<Long>> entry : possible.entrySet()) {
                boolean present = table.get(entry.getKey(), MemorySegment.ofArray(row), 0);
                requirePossible(entry, row, present ? row.length : -1, where + ", rows");
            }
            TieredValueTable values = store.values("values");
            long[] value = new long[values.maxValueBytes() / Long.BYTES];
            for (Map.Entry<Long, Set<Long>> entry : possibleValues.entrySet()) {
                int bytes = values.get(entry.getKey(), MemorySegment.ofArray(value), 0);
                int longs = bytes < 0 ? -1 : bytes / Long.BYTES;
                long version = requirePossible(entry, value, longs, where + ", values");
                if (version >= 0) {
                    assertEquals(StoreWritingProcess.valueLongs(entry.getKey(), version), longs, where);
                }
            }
        }
    }

    /** @param longs how many there are; −1 where the key has no row. @return the row's version */
    private static long requirePossible(Map.Entry<Long, Set<Long>> entry, long[] row, int longs, String where) {
        long key = entry.getKey();
        boolean present = longs >= 0;
        long version = present ? (row[0] - key * 1_000_000_007L) / 31 : -1;
        if (present) {
            long[] expected = new long[longs];
            StoreWritingProcess.fill(expected, 0, longs, key, version);
            assertArrayEquals(expected, Arrays.copyOf(row, longs), where + ": the row of key " + key + " is torn");
        }
        Set<Long> versions = entry.getValue();
        boolean allowed =
                present ? versions.contains(version) : versions.stream().anyMatch(v -> v < 0);
        assertTrue(allowed, where + ": key " + key + " has version " + version + ", not one of " + versions);
        entry.setValue(new HashSet<>(Set.of(version)));
        return version;
    }

    private Process start(long seed, long version) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(StoreWritingProcess.class.getName());
        command.addAll(List.of(directory.toString(), String.valueOf(seed), String.valueOf(version)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
