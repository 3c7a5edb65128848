package dev.millrace.storage.cold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.disk.CrashingDisk;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;

/** Holds the directory to the contract, and to it after a crash at any step. */
class DirectoryColdStoreTest extends ColdStoreContract {
    private static final ColdName NAME = new ColdName("tables/a");

    @TempDir
    private Path directory = Path.of("");

    @TempDir
    private Path files = Path.of("");

    @SuppressWarnings("NullAway.Init") // set up before each test
    private DirectoryColdStore store;

    @BeforeEach
    void open() throws IOException {
        store = DirectoryColdStore.open(directory.resolve("cold"));
    }

    @Override
    protected ColdStore store() {
        return store;
    }

    @Test
    void put_crashAtAnyStep_leavesTheObjectWholeOrNot() throws IOException {
        Random random = Seed.random("DirectoryColdStoreTest");
        Path file = SealedContent.seal(files, SealedContent.random(random, 3_000), 512);
        Path root = Path.of("/cold");
        int steps = 0;
        boolean crashed = true;
        while (crashed) {
            CrashingDisk disk = new CrashingDisk(random);
            disk.crashAfter(steps++);
            crashed = disk.isCrashedBy(() -> DirectoryColdStore.open(root, disk).put(NAME, file));
            disk.restart();
            DirectoryColdStore after = DirectoryColdStore.open(root, disk);
            List<ColdEntry> there = after.list("");
            assertTrue(crashed || there.size() == 1, "a put that returned is there");
            if (!there.isEmpty()) {
                assertEquals(List.of(), SealedFile.damagedBlocks(after, NAME, Deadline.none()));
            }
            after.put(NAME, file);
            assertEquals(1, after.list("").size());
        }
        assertTrue(steps > 8, "only " + steps + " steps were tried");
    }

    @Test
    void put_crashOfThePutThatFoundIt_isDurableWhenItReturned() throws IOException {
        Random random = Seed.random("DirectoryColdStoreTest");
        Path file = SealedContent.seal(files, SealedContent.random(random, 1_000), 512);
        Path root = Path.of("/cold");
        for (int steps = 0; steps < 16; steps++) {
            CrashingDisk disk = new CrashingDisk(random);
            disk.failAfter(steps);
            boolean failed =
                    disk.isFailedBy(() -> DirectoryColdStore.open(root, disk).put(NAME, file));
            disk.work();
            // The first put may have failed between its rename and the forcing of the directory.
            DirectoryColdStore.open(root, disk).put(NAME, file);
            disk.powerFailure();
            disk.restart();
            assertEquals(1, DirectoryColdStore.open(root, disk).list("").size(), failed + " at step " + steps);
        }
    }

    @Test
    void open_leftoversOfACrash_areDeletedWhenTheyAreOld() throws IOException {
        Path writing = directory.resolve("cold/.writing");
        Path old = Files.writeString(writing.resolve("old"), "x");
        Path young = Files.writeString(writing.resolve("young"), "x");
        Files.setLastModifiedTime(old, FileTime.fromMillis(System.currentTimeMillis() - 2 * 86_400_000L));
        DirectoryColdStore again = DirectoryColdStore.open(directory.resolve("cold"));
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young));
        assertEquals(List.of(), again.list(""));
    }

    @Test
    void name_thatCouldLeaveTheDirectory_isRefused() {
        for (String name :
                List.of("", "/a", "a/", "a//b", "..", "a/../b", ".writing/x", "a b", "a\\b", "x".repeat(513))) {
            assertThrows(InvalidValueException.class, () -> new ColdName(name), name);
        }
    }
}
