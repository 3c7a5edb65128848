package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.ErasureReceipt;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

class KeysCommandTest {
    private static final SubjectId ANNA = SubjectId.of("anna");
    private static final SubjectId BERT = SubjectId.of("bert");

    @TempDir
    private Path data = Path.of("");

    @TempDir
    private Path elsewhere = Path.of("");

    @BeforeEach
    void makeKeys() throws IOException {
        try (KeyTable keys = config(Map.of()).open(Clock.system())) {
            assertEquals(PersonalOutcome.DONE, keys.admit(ANNA));
            assertEquals(PersonalOutcome.DONE, keys.admit(BERT));
            ErasureReceipt receipt = keys.drop(ANNA);
            assertTrue(receipt.hadKey());
        }
    }

    @Test
    void rotate_wrapsTheKeysByTheNewMasterKeyAlone() throws IOException {
        Path fresh = elsewhere.resolve("new.key");
        String id = MasterKey.createFile(fresh).id();
        CommandRun run =
                CommandRun.of("keys", "rotate", "--data-dir", data.toString(), "--new-master-file", fresh.toString());
        assertEquals(ExitCode.OK, run.exitCode(), run.err());
        assertTrue(run.out().contains("wrapped by master key " + id), run.out());
        assertThrows(MillraceException.class, () -> config(Map.of()).open(Clock.system()));
        try (KeyTable keys =
                config(Map.of("keys.master-file", fresh.toString())).open(Clock.system())) {
            assertTrue(keys.isErased(ANNA));
            assertFalse(keys.isErased(BERT));
            assertEquals(2, keys.report().generation());
            assertEquals(PersonalOutcome.DONE, keys.admit(BERT));
        }
    }

    @Test
    void rotate_toAFileThatOthersMayRead_isToldInASentence() throws IOException {
        Path open = Files.writeString(elsewhere.resolve("open.key"), "ab".repeat(32));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
        CommandRun run =
                CommandRun.of("keys", "rotate", "--data-dir", data.toString(), "--new-master-file", open.toString());
        assertEquals(ExitCode.FAILED, run.exitCode());
        assertTrue(run.err().contains("may be used by others"), run.err());
        assertFalse(run.err().contains("\tat "), run.err());
    }

    @Test
    void rotate_withoutAFileOrKeys_saysWhatToDo() {
        Path none = elsewhere.resolve("none");
        CommandRun noFile =
                CommandRun.of("keys", "rotate", "--data-dir", data.toString(), "--new-master-file", none.toString());
        assertEquals(ExitCode.FAILED, noFile.exitCode());
        assertTrue(noFile.err().contains("openssl rand -hex 32"), noFile.err());
        String present = data.resolve("keys/master.key").toString();
        CommandRun noKeys =
                CommandRun.of("keys", "rotate", "--data-dir", elsewhere.toString(), "--new-master-file", present);
        assertEquals(ExitCode.FAILED, noKeys.exitCode());
        assertTrue(noKeys.err().contains("holds no keys of users"), noKeys.err());
        CommandRun same = CommandRun.of("keys", "rotate", "--data-dir", data.toString(), "--new-master-file", present);
        assertEquals(ExitCode.FAILED, same.exitCode());
        assertTrue(same.err().contains("already"), same.err());
    }

    @Test
    void doctor_tellsWhereTheMasterKeyLiesAndWhenItIsMissing() throws IOException {
        CommandRun beside = CommandRun.of("doctor", "--data-dir", data.toString());
        assertTrue(beside.out().contains("note  keys of users"), beside.out());
        assertTrue(beside.out().contains("Move it and set keys.master-file"), beside.out());
        Path moved = elsewhere.resolve("master.key");
        Files.move(data.resolve("keys/master.key"), moved);
        CommandRun missing = CommandRun.of("doctor", "--data-dir", data.toString());
        assertEquals(ExitCode.FAILED, missing.exitCode());
        assertTrue(missing.out().contains("FAIL  keys of users"), missing.out());
        CommandRun good = CommandRun.of("doctor", "--data-dir", data.toString(), "--set", "keys.master-file=" + moved);
        assertTrue(good.out().contains("ok    keys of users"), good.out());
    }

    @Test
    void encryptedLog_withoutItsKeys_isRefusedByAllWhoReadIt_andNoneAreMade() throws IOException {
        Path events = Files.writeString(
                elsewhere.resolve("events.jsonl"),
                "{\"eventId\":\"e1\",\"user\":\"u1\",\"item\":\"i1\",\"type\":\"click\",\"timestamp\":\"2026-01-01T00:00:00Z\"}\n");
        String[] imported = {"import", "--format", "jsonl", events.toString(), "--data-dir", data.toString()};
        assertEquals(ExitCode.OK, CommandRun.of(imported).exitCode());
        Path keys = data.resolve("keys");
        Files.move(keys, elsewhere.resolve("keys"));
        for (String[] command : new String[][] {imported, {"train", "--data-dir", data.toString()}}) {
            CommandRun run = CommandRun.of(command);
            assertEquals(ExitCode.FAILED, run.exitCode(), command[0]);
            assertTrue(run.err().contains("put this folder back"), run.err());
            assertFalse(Files.exists(keys), command[0] + " made keys");
        }
        CommandRun doctor = CommandRun.of("doctor", "--data-dir", data.toString());
        assertEquals(ExitCode.FAILED, doctor.exitCode());
        assertTrue(doctor.out().contains("FAIL  keys of users"), doctor.out());
    }

    private KeyConfig config(Map<String, String> settings) {
        return KeyConfig.from(Configuration.of(settings), data);
    }
}
