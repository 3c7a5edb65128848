package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.Disk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a reader of a key table hears of drops in another process. */
final class KeyTableDropsTest {
    private static final List<KeyWrapper> MASTER = List.of(MasterKey.parse("5a".repeat(32)));
    private static final SubjectId ADA = SubjectId.of("ada");
    private static final SubjectId BOB = SubjectId.of("bob");
    private static final SubjectId EVE = SubjectId.of("eve");

    @TempDir
    private Path directory;

    private final List<SubjectId> heard = new ArrayList<>();

    @Test
    void drop_byAnotherProcess_isHeardOnceAndForgottenFromMemory() throws IOException {
        try (KeyTable table = KeyTable.open(directory, MASTER, Clock.system())) {
            table.admitAll(List.of(ADA, BOB));
            try (KeyTable reader = KeyTable.openReadOnly(directory, MASTER)) {
                Runnable _ = reader.onDrop(heard::addAll);
                assertEquals(PersonalOutcome.DONE, outlook(reader, ADA));
                reader.lookForDrops();
                assertEquals(List.of(), heard);

                table.admit(EVE);
                table.drop(ADA);
                assertEquals(PersonalOutcome.DONE, outlook(reader, ADA), "it is in memory until somebody looks");
                reader.lookForDrops();
                reader.lookForDrops();

                assertEquals(List.of(ADA), heard);
                assertEquals(PersonalOutcome.ERASED, outlook(reader, ADA));
                assertEquals(PersonalOutcome.DONE, outlook(reader, BOB));
                assertEquals(PersonalOutcome.DONE, outlook(reader, EVE));
            }
        }
    }

    /** Holders look through all that they hold, once for each time that they are told. */
    @Test
    void drops_foundByOneLook_areToldTogether() throws IOException {
        List<Set<SubjectId>> told = new ArrayList<>();
        try (KeyTable table = KeyTable.open(directory, MASTER, Clock.system())) {
            table.admitAll(List.of(ADA, BOB, EVE));
            try (KeyTable reader = KeyTable.openReadOnly(directory, MASTER)) {
                Runnable _ = reader.onDrop(told::add);
                reader.lookForDrops();
                table.drop(ADA);
                table.drop(EVE);
                reader.lookForDrops();
                assertEquals(List.of(Set.of(ADA, EVE)), told);
            }
        }
    }

    @Test
    void drop_beforeARewritingOfTheTable_isHeard() throws IOException {
        try (KeyTable table = KeyTable.open(directory, MASTER, Clock.system())) {
            table.admitAll(List.of(ADA, BOB, EVE));
            table.drop(EVE);
            try (KeyTable reader = KeyTable.openReadOnly(directory, MASTER)) {
                Runnable _ = reader.onDrop(heard::addAll);
                table.drop(BOB);
                table.compact();
                reader.lookForDrops();

                assertTrue(heard.contains(BOB), heard::toString);
                assertEquals(PersonalOutcome.ERASED, outlook(reader, BOB));
                assertEquals(PersonalOutcome.DONE, outlook(reader, ADA));
            }
        }
    }

    @Test
    void drop_ofWhichAHolderCouldNotTakeNote_isToldAgain() throws IOException {
        try (KeyTable table = KeyTable.open(directory, MASTER, Clock.system())) {
            table.admitAll(List.of(ADA, BOB));
            try (KeyTable reader = KeyTable.openReadOnly(directory, MASTER)) {
                Runnable end = reader.onDrop(subject -> {
                    throw new IllegalStateException("busy");
                });
                Runnable _ = reader.onDrop(heard::addAll);
                table.drop(ADA);
                assertThrows(IllegalStateException.class, reader::lookForDrops);
                end.run();
                reader.lookForDrops();
                assertEquals(List.of(ADA), heard);
            }
        }
    }

    /** Its writer was in the middle of the record when the reader came. */
    @Test
    void drop_whoseRecordWasTornAtTheOpening_isHeard() throws IOException {
        try (KeyTable table = KeyTable.open(directory, MASTER, Clock.system())) {
            table.admitAll(List.of(ADA, BOB));
            Path file = Disk.local().list(directory).stream()
                    .filter(KeyNames::isKeyFile)
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[KeyFormat.RECORD_BYTES], StandardOpenOption.APPEND);
            try (KeyTable reader = KeyTable.openReadOnly(directory, MASTER)) {
                Runnable _ = reader.onDrop(heard::addAll);
                table.drop(ADA);
                reader.lookForDrops();
                assertEquals(List.of(ADA), heard);
                assertEquals(PersonalOutcome.ERASED, outlook(reader, ADA));
            }
        }
    }

    private static PersonalOutcome outlook(KeyTable keys, SubjectId subject) {
        return new PersonalCipher(keys).outlook(subject);
    }
}
