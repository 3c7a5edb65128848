package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdStoreException.Reason;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What every cold store keeps to. */
public abstract class ColdStoreContract {
    private static final ColdName NAME = new ColdName("tables/users/0001.cold");
    private static final int BLOCK = 512;

    private final Random random = Seed.random("ColdStoreContract");

    @TempDir
    private Path scratch = Path.of("");

    /** An empty store, the same for the whole of one test. */
    protected abstract ColdStore store();

    /** Content that the store needs more than one request to take, where there is such a limit. */
    protected int largeBytes() {
        return 3 << 20;
    }

    @Test
    void read_anyRange_givesTheStoredBytes() throws IOException {
        Path file = SealedContent.seal(scratch, SealedContent.random(random, 10_000), BLOCK);
        byte[] stored = Files.readAllBytes(file);
        store().put(NAME, file);
        assertEquals(stored.length, store().size(NAME, Deadline.none()));
        for (int round = 0; round < 50; round++) {
            int offset = random.nextInt(stored.length);
            int length = random.nextInt(stored.length - offset + 1);
            assertArrayEquals(
                    Arrays.copyOfRange(stored, offset, offset + length), read(NAME, offset, length, Deadline.none()));
        }
        assertArrayEquals(stored, read(NAME, 0, stored.length, Deadline.none()));
    }

    @Test
    void read_intoMemoryOffTheHeap_writesOnlyTheRange() throws IOException {
        Path file = SealedContent.seal(scratch, SealedContent.random(random, 2_000), BLOCK);
        byte[] stored = Files.readAllBytes(file);
        store().put(NAME, file);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(120).fill((byte) 7);
            store().read(NAME, 700, 100, into, Deadline.none());
            byte[] expected = Arrays.copyOf(Arrays.copyOfRange(stored, 700, 800), 120);
            Arrays.fill(expected, 100, 120, (byte) 7);
            assertArrayEquals(expected, into.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void put_largeObject_isWhole() throws IOException {
        Path file = SealedContent.seal(scratch, SealedContent.random(random, largeBytes()), 64 << 10);
        store().put(NAME, file);
        assertEquals(Files.size(file), store().size(NAME, Deadline.none()));
        assertEquals(List.of(), SealedFile.damagedBlocks(store(), NAME, Deadline.none()));
        store().put(NAME, file);
        Path other = SealedContent.seal(scratch, SealedContent.random(random, largeBytes()), 64 << 10);
        assertFails(Reason.CONFLICT, () -> store().put(NAME, other));
    }

    @Test
    void put_emptyObject_isStored() throws IOException {
        store().put(NAME, SealedContent.seal(scratch, new byte[0], BLOCK));
        assertEquals(ColdObjectFormat.TRAILER_BYTES, store().size(NAME, Deadline.none()));
        assertEquals(List.of(), SealedFile.damagedBlocks(store(), NAME, Deadline.none()));
    }

    @Test
    void put_sameContentAgain_changesNothing() throws IOException {
        byte[] content = SealedContent.random(random, 1_000);
        store().put(NAME, SealedContent.seal(scratch, content, BLOCK));
        store().put(NAME, SealedContent.seal(scratch, content, BLOCK));
        assertEquals(1, store().list("").size());
    }

    @Test
    void put_otherContentUnderTheName_isRefusedAndTheFirstStays() throws IOException {
        Path first = SealedContent.seal(scratch, SealedContent.random(random, 1_000), BLOCK);
        store().put(NAME, first);
        Path second = SealedContent.seal(scratch, SealedContent.random(random, 1_000), BLOCK);
        assertFails(Reason.CONFLICT, () -> store().put(NAME, second));
        byte[] stored = Files.readAllBytes(first);
        assertArrayEquals(stored, read(NAME, 0, stored.length, Deadline.none()));
    }

    @Test
    void put_fileThatIsNotWhole_isRefusedAndNothingIsThere() throws IOException {
        byte[] whole = Files.readAllBytes(SealedContent.seal(scratch, SealedContent.random(random, 1_000), BLOCK));
        Path broken = scratch.resolve("broken");
        for (int round = 0; round < 20; round++) {
            byte[] bytes = whole.clone();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(broken, bytes);
            assertFails(Reason.DAMAGED, () -> store().put(NAME, broken));
        }
        Files.write(broken, Arrays.copyOf(whole, whole.length - 1));
        assertFails(Reason.DAMAGED, () -> store().put(NAME, broken));
        assertEquals(List.of(), store().list(""));
        assertFails(Reason.UNAVAILABLE, () -> store().put(NAME, scratch.resolve("no such file")));
    }

    @Test
    void put_byManyAtOnce_oneWinsAndIsWhole() throws Exception {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            files.add(SealedContent.seal(scratch, SealedContent.random(random, 5_000), BLOCK));
        }
        int stored = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(files.size())) {
            List<Callable<Boolean>> puts = new ArrayList<>();
            for (Path file : files) {
                puts.add(() -> isPut(file));
            }
            for (Future<Boolean> put : threads.invokeAll(puts)) {
                stored += put.get() ? 1 : 0;
            }
        }
        assertEquals(1, stored);
        assertEquals(List.of(), SealedFile.damagedBlocks(store(), NAME, Deadline.none()));
    }

    @Test
    void access_unknownName_saysMissing() {
        assertFails(Reason.MISSING, () -> read(NAME, 0, 1, Deadline.none()));
        assertFails(Reason.MISSING, () -> store().size(NAME, Deadline.none()));
    }

    @Test
    void read_beyondTheEnd_saysDamaged() throws IOException {
        Path file = SealedContent.seal(scratch, new byte[100], BLOCK);
        store().put(NAME, file);
        int size = (int) Files.size(file);
        assertFails(Reason.DAMAGED, () -> read(NAME, size - 10, 11, Deadline.none()));
        assertFails(Reason.DAMAGED, () -> read(NAME, size + 10, 1, Deadline.none()));
    }

    @Test
    void access_afterTheDeadline_saysLate() throws IOException {
        store().put(NAME, SealedContent.seal(scratch, new byte[100], BLOCK));
        Deadline passed = Deadline.after(Duration.ofNanos(-1));
        assertFails(Reason.LATE, () -> read(NAME, 0, 10, passed));
        assertFails(Reason.LATE, () -> store().size(NAME, passed));
    }

    @Test
    void list_ofSeveral_isOrderedAndBegins() throws IOException {
        for (String name : List.of("b/two", "b/one", "a", "b2/x")) {
            store().put(new ColdName(name), SealedContent.seal(scratch, new byte[10], BLOCK));
        }
        assertEquals(List.of("a", "b/one", "b/two", "b2/x"), names(""));
        assertEquals(List.of("b/one", "b/two", "b2/x"), names("b"));
        assertEquals(List.of("b/one", "b/two"), names("b/"));
        assertEquals(List.of("b/two"), names("b/t"));
        assertEquals(List.of(), names("c"));
        assertEquals(
                10 + 4 + ColdObjectFormat.TRAILER_BYTES,
                store().list("a").getFirst().bytes());
    }

    @Test
    void delete_once_orTwice_leavesNothing() throws IOException {
        store().put(NAME, SealedContent.seal(scratch, new byte[10], BLOCK));
        store().delete(NAME);
        assertFails(Reason.MISSING, () -> store().size(NAME, Deadline.none()));
        assertEquals(List.of(), store().list(""));
        store().delete(NAME);
        byte[] other = SealedContent.random(random, 20);
        store().put(NAME, SealedContent.seal(scratch, other, BLOCK));
        assertArrayEquals(other, read(NAME, 0, 20, Deadline.none()));
    }

    private boolean isPut(Path file) throws ColdStoreException {
        try {
            store().put(NAME, file);
            return true;
        } catch (ColdStoreException e) {
            assertEquals(Reason.CONFLICT, e.reason(), e::toString);
            return false;
        }
    }

    private byte[] read(ColdName name, long offset, int length, Deadline deadline) throws ColdStoreException {
        byte[] bytes = new byte[length];
        store().read(name, offset, length, MemorySegment.ofArray(bytes), deadline);
        return bytes;
    }

    private List<String> names(String prefix) throws ColdStoreException {
        return store().list(prefix).stream().map(entry -> entry.name().value()).toList();
    }

    private static void assertFails(Reason reason, Executable action) {
        ColdStoreException failure = assertThrows(ColdStoreException.class, action);
        assertEquals(reason, failure.reason(), failure::toString);
        assertTrue(String.valueOf(failure.getMessage()).length() > 20, "a message that says what happened");
    }
}
