package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.segment.SegmentScan;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Flips every single bit of every file of a tiny store, and cuts each file at every byte. What cannot be told from the torn end that a
 * crash leaves: bits of the newest log segment behind its last mark, and of that mark. Everything else is damage.
 */
class StoreEveryBitTest {
    private static final int KEYS = 12;
    private static final int MARK_BYTES = 32;

    @TempDir
    private Path directory;

    private Path whole;
    private Path newest;
    /** Where the last mark of the newest log segment begins. */
    private long lastMark;

    /** A packed segment, a log behind a checkpoint with several groups in one page, an index file and a delta: one of each kind of file. */
    @BeforeEach
    void makeStore() throws IOException {
        Path made = directory.resolve("made");
        TableSpec rows = TableSpec.tiered("rows", 16, 100, 10_000);
        TableSpec values = TableSpec.values("values", 100, 100, 100_000);
        try (TieredStore store = StoreFixture.open(made, rows, values)) {
            write(store, 1, 1);
        }
        whole = directory.resolve("whole");
        try (TieredStore store = StoreFixture.open(made)) {
            write(store, 2, 1);
            store.pack();
            store.checkpoint();
            write(store, 3, 4);
            assertTrue(store.increment());
            write(store, 4, 4);
            write(store, 5, 4);
            StoreFixture.copy(made, whole);
        }
        newest = StoreFixture.files(whole).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .reduce((a, b) -> b)
                .orElseThrow();
        lastMark = lastMark(newest);
        assertTrue(StoreInspection.run(whole).findings().isEmpty());
    }

    private static void write(TieredStore store, int version, int step) {
        for (int key = 0; key < KEYS; key += step) {
            store.table("rows").put(key, StoreFixture.row(key, version, 2), 0);
        }
        long ignored = store.values("values").put(1, StoreFixture.row(1, version, 6), 0, 8 * version + 3);
        store.awaitDurable(store.position());
    }

    private static long lastMark(Path segment) throws IOException {
        long last = -1;
        for (long at = 4096; at + MARK_BYTES <= Files.size(segment); at += 16) {
            last = SegmentScan.hasMark(segment, at) ? at : last;
        }
        return last;
    }

    @Test
    void inspection_ofEverySingleFlippedBit_namesFileAndPlace() throws IOException {
        long flips = 0;
        long torn = 0;
        for (Path file : StoreFixture.files(whole)) {
            byte[] bytes = Files.readAllBytes(file);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (int bit = 0; bit < 8 * bytes.length; bit++, flips++) {
                    set(channel, bit / 8, (byte) (bytes[bit / 8] ^ 1 << bit % 8));
                    torn += requireNamed(file, bit) ? 1 : 0;
                    set(channel, bit / 8, bytes[bit / 8]);
                }
            }
        }
        assertTrue(StoreInspection.run(whole).findings().isEmpty());
        assertEquals(8 * (Files.size(newest) - lastMark), torn, "bits that cannot be told from a torn end");
        System.out.println(flips + " bits flipped, " + torn + " of them look like a torn end");
    }

    private static void set(FileChannel channel, long at, byte value) throws IOException {
        int ignored = channel.write(ByteBuffer.wrap(new byte[] {value}), at);
    }

    /** @return whether it looks like the torn end of a crash */
    private boolean requireNamed(Path file, int bit) throws IOException {
        StoreInspection.Result result = StoreInspection.run(whole);
        String where = file.getFileName() + " byte " + bit / 8 + " bit " + bit % 8;
        assertFalse(result.findings().isEmpty(), where);
        assertTrue(
                result.findings().stream()
                        .allMatch(found -> Path.of(found.file()).getFileName().equals(file.getFileName())),
                () -> where + ": " + result);
        boolean behindTheLastMark = file.equals(newest) && bit / 8 >= lastMark;
        assertEquals(behindTheLastMark, result.isWhole(), () -> where + ": " + result);
        return result.isWhole();
    }

    @Test
    void inspection_ofFilesCutAtEveryByte_findsWhatIsMissing() throws IOException {
        for (Path file : StoreFixture.files(whole)) {
            byte[] bytes = Files.readAllBytes(file);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (int size = bytes.length - 1; size >= 0; size--) {
                    channel.truncate(size);
                    StoreInspection.Result result = StoreInspection.run(whole);
                    // What was written since the checkpoint may be cut off without a trace: nothing else says that it
                    // was there.
                    boolean tail = file.equals(newest);
                    assertTrue(tail || !result.isWhole(), file.getFileName() + " cut to " + size + ": " + result);
                }
            }
            Files.write(file, bytes);
        }
        assertEquals(List.of(), StoreInspection.run(whole).findings());
    }
}
