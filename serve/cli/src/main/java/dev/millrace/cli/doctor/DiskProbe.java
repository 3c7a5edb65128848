package dev.millrace.cli.doctor;

import dev.millrace.storage.disk.Disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Space in the data directory, how long a write takes to be durable there, measured, and how files are read. Immutable. */
final class DiskProbe {
    private static final int ROUNDS = 100;
    private static final int BLOCK_BYTES = 4096;
    private static final long ENOUGH_BYTES = 10L << 30;
    /** Above this an acknowledged event alone uses a fifth of the 50 ms from event to changed answer. */
    private static final double SLOW_MILLIS = 10;

    private final Path folder;

    DiskProbe(Path folder) {
        this.folder = folder;
    }

    List<Finding> examine() {
        try {
            return List.of(space(), durability(), mapping());
        } catch (IOException e) {
            return List.of(
                    Finding.missing("Disk", folder + ": " + e, "Give a folder that can be written, with --data-dir."));
        }
    }

    private Finding space() throws IOException {
        FileStore store = Files.getFileStore(folder);
        String value = Sizes.of(store.getUsableSpace()) + " free on " + store.type() + " at " + folder.toAbsolutePath();
        if (store.type().equals("tmpfs")) {
            return Finding.limited("Disk", value, "This is memory: events do not survive a restart of the machine.");
        }
        // An event takes about 100 bytes in the log.
        return store.getUsableSpace() < ENOUGH_BYTES
                ? Finding.limited("Disk", value, "Room for some ten million events; retention deletes the oldest.")
                : Finding.good("Disk", value, "Room for a hundred million events and more.");
    }

    private Finding durability() throws IOException {
        double[] millis = measure();
        double half = millis[ROUNDS / 2];
        double worst = millis[ROUNDS * 99 / 100];
        String value =
                String.format(Locale.ROOT, "p50 %.2f ms, p99 %.2f ms for 4 KiB (%d rounds)", half, worst, ROUNDS);
        return worst > SLOW_MILLIS
                ? Finding.limited(
                        "fsync",
                        value,
                        "Events are acknowledged late; group commit keeps the throughput, not the latency.")
                : Finding.good(
                        "fsync",
                        value,
                        "The least time in which an event is acknowledged; many share one by group commit.");
    }

    private Finding mapping() {
        String refusal = Disk.local().mappingRefusal(folder);
        return refusal.isEmpty()
                ? Finding.good(
                        "DAX", "files are mapped to their device", "Rows that are not in memory are read by loads.")
                : Finding.good(
                        "DAX",
                        "none here: " + refusal,
                        "Rows that are not in memory are read past the system's cache, many at once.");
    }

    private double[] measure() throws IOException {
        Path file = Files.createTempFile(folder, "doctor", ".probe");
        double[] millis = new double[ROUNDS];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
            for (int i = 0; i < ROUNDS; i++) {
                block.clear();
                long began = System.nanoTime();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
                channel.force(false);
                millis[i] = (System.nanoTime() - began) / 1e6;
            }
        } finally {
            Files.deleteIfExists(file);
        }
        Arrays.sort(millis);
        return millis;
    }
}
