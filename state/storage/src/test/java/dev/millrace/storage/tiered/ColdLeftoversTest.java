package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.cold.ColdEntry;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.DirectoryColdStore;
import dev.millrace.storage.cold.SealedContent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What stores that are no more left in a cold tier goes, and nothing else. */
class ColdLeftoversTest {
    private static final String FIRST = "00000000000000aa/0000000000000001-0000000000000002.log";
    private static final String SECOND = "00000000000000aa/0000000000000003-0000000000000004.pack";
    private static final String ANOTHERS = "00000000000000bb/0000000000000001-0000000000000002.log";

    @TempDir
    private Path directory;

    @Test
    void objects_ofAStoreThatIsNoMore_areDeletedAndThoseOfOthersStay() throws IOException {
        Path store = store(FIRST + "\n" + SECOND + "\n../../etc\nnotes\n00000000000000bb/00");
        ColdLeftovers leftovers = new ColdLeftovers(directory.resolve("left"));
        leftovers.note(store);
        leftovers.note(store);
        try (ColdStore cold = cold()) {
            new ColdLeftovers(directory.resolve("left")).delete(cold);
            assertEquals(List.of(ANOTHERS, "notes"), names(cold));
            assertFalse(Files.exists(directory.resolve("left")));
            leftovers.delete(cold);
        }
    }

    @Test
    void objects_thatCannotBeDeletedNow_areDeletedLater() throws IOException {
        ColdLeftovers leftovers = new ColdLeftovers(directory.resolve("left"));
        leftovers.note(store(FIRST + "\n"));
        try (ColdStore cold = cold()) {
            Path object = directory.resolve("cold").resolve(FIRST);
            Path away = Files.move(object, directory.resolve("away"));
            // A directory that is not empty is deleted by nobody.
            Files.createDirectories(object.resolve("in-the-way"));
            leftovers.delete(cold);
            assertTrue(Files.exists(directory.resolve("left")));
            Files.delete(object.resolve("in-the-way"));
            Files.delete(object);
            Files.move(away, object);
            leftovers.note(store(SECOND + "\n"));
            leftovers.delete(cold);
            assertEquals(List.of(ANOTHERS, "notes"), names(cold));
        }
    }

    @Test
    void store_thatLeftNothing_makesNoFile() throws IOException {
        new ColdLeftovers(directory.resolve("left")).note(Files.createDirectories(directory.resolve("empty")));
        assertFalse(Files.exists(directory.resolve("left")));
    }

    private Path store(String names) throws IOException {
        Path store = Files.createDirectories(directory.resolve("store"));
        Files.writeString(store.resolve(ColdPuts.FILE), names);
        return store;
    }

    private ColdStore cold() throws IOException {
        ColdStore cold = DirectoryColdStore.open(directory.resolve("cold"));
        for (String name : List.of(FIRST, SECOND, ANOTHERS, "notes")) {
            cold.put(new ColdName(name), SealedContent.seal(directory, new byte[100], 512));
        }
        return cold;
    }

    private static List<String> names(ColdStore cold) throws IOException {
        return cold.list("").stream().map(ColdEntry::name).map(ColdName::value).toList();
    }
}
