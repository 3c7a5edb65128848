package dev.millrace.cli.doctor;

import dev.millrace.runtime.Deadline;
import dev.millrace.server.hold.ColdSettings;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdObjectWriter;
import dev.millrace.storage.cold.ColdStore;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;

/** Whether the cold tier of a data directory's store can be reached, written and read. Immutable. */
final class ColdTierProbe {
    private static final String SUBJECT = "cold tier";
    private static final byte[] CONTENT = "written by millrace doctor".getBytes(StandardCharsets.UTF_8);
    private static final int BLOCK_BYTES = 512;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final @Nullable ColdSettings settings;

    ColdTierProbe(@Nullable ColdSettings settings) {
        this.settings = settings;
    }

    Finding examine() {
        return switch (settings) {
            case null ->
                Finding.good(
                        SUBJECT,
                        "none",
                        "All segments of the store stay on its disk (store.cold.directory, store.cold.s3.bucket).");
            case ColdSettings(ColdSettings.Directory(Path path), Duration olderThan, long _) ->
                examine(path, olderThan);
            case ColdSettings(ColdSettings.Bucket bucket, Duration olderThan, long _) -> examine(bucket, olderThan);
        };
    }

    private static Finding examine(Path directory, Duration olderThan) {
        if (!Files.isDirectory(directory)) {
            return Finding.limited(
                    SUBJECT,
                    directory + " is no directory",
                    "The server makes it; where a store has segments there, mount it first, or their rows count as absent.");
        }
        if (!Files.isWritable(directory)) {
            return Finding.limited(SUBJECT, directory + " cannot be written", "No segment leaves the store's disk.");
        }
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            return Finding.good(SUBJECT, directory + ", " + Sizes.of(free) + " free", leaving(olderThan));
        } catch (IOException e) {
            return Finding.limited(SUBJECT, directory + ": " + e.getMessage(), "Rows that lie there count as absent.");
        }
    }

    /** By an object that is put, read back and deleted, as the server does it. */
    private static Finding examine(ColdSettings.Bucket bucket, Duration olderThan) {
        String place = bucket.config().place();
        try (ColdStore store = bucket.open()) {
            long began = System.nanoTime();
            putAndRead(store);
            long millis = (System.nanoTime() - began) / 1_000_000;
            return Finding.good(SUBJECT, place + ", put, read and deleted in " + millis + " ms", leaving(olderThan));
        } catch (IOException e) {
            return Finding.limited(
                    SUBJECT,
                    place + ": " + e.getMessage(),
                    "No segment leaves the store's disk, and rows that lie there count as absent: look at the store.cold.s3"
                            + " settings, the credentials, and whether the bucket is there.");
        }
    }

    /** Leaves nothing there, whatever comes of it. */
    static void putAndRead(ColdStore store) throws IOException {
        ColdName name = new ColdName("doctor/" + UUID.randomUUID());
        Path folder = Files.createTempDirectory("millrace-doctor");
        Path file = folder.resolve("object");
        try {
            try (ColdObjectWriter writer = ColdObjectWriter.create(file, BLOCK_BYTES)) {
                writer.write(ByteBuffer.wrap(CONTENT));
                writer.seal();
            }
            store.put(name, file);
            try {
                read(store, name, Files.readAllBytes(file));
            } finally {
                store.delete(name);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static void read(ColdStore store, ColdName name, byte[] sealed) throws IOException {
        byte[] found = new byte[sealed.length];
        store.read(name, 0, found.length, MemorySegment.ofArray(found), Deadline.after(PATIENCE));
        if (!Arrays.equals(sealed, found)) {
            throw new IOException("it gave other bytes than were put");
        }
    }

    private static String leaving(Duration olderThan) {
        return "Segments go there when they are " + olderThan.toHours() + " hours old.";
    }
}
