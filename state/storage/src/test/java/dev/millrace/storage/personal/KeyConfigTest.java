package dev.millrace.storage.personal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

class KeyConfigTest {
    @TempDir
    Path data;

    private KeyConfig config(String... settings) {
        Configuration configuration =
                settings.length == 0 ? Configuration.empty() : Configuration.of(Map.of(settings[0], settings[1]));
        return KeyConfig.from(configuration, data);
    }

    @Test
    void firstStart_makesAMasterKeyForItsOwnerAlone() throws IOException {
        KeyConfig config = config();
        assertNull(config.openReadOnly());
        config.open(Clock.system()).close();
        Path master = data.resolve("keys/master.key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(master)));
        assertTrue(config.isBesideTable());
        config.open(Clock.system()).close();
        KeyTable read = config.openReadOnly();
        assertTrue(read != null);
        read.close();
    }

    @Test
    void masterKey_thatIsMissing_refusesTheStartAndMakesNone() throws IOException {
        config().open(Clock.system()).close();
        Path master = data.resolve("keys/master.key");
        Files.delete(master);
        MillraceException refused = assertThrows(MillraceException.class, () -> config().open(Clock.system()));
        assertTrue(String.valueOf(refused.getMessage()).contains("put it back"), refused::getMessage);
        assertTrue(String.valueOf(refused.getMessage()).contains("keys.master-file"), refused::getMessage);
        assertFalse(Files.exists(master));
    }

    @Test
    void masterKey_thatIsAnother_refusesTheStartAndNamesBoth() throws IOException {
        config("keys.master-key", "5a".repeat(32)).open(Clock.system()).close();
        MillraceException refused = assertThrows(
                MillraceException.class,
                () -> config("keys.master-key", "5b".repeat(32)).open(Clock.system()));
        assertTrue(String.valueOf(refused.getMessage()).contains("is wrapped by the master key"), refused::getMessage);
        assertFalse(Files.exists(data.resolve("keys/master.key")), "a key that was given is not written");
    }

    @Test
    void masterFile_thatWasNamedAndDoesNotExist_isNotMade() {
        Path elsewhere = data.resolve("elsewhere.key");
        MillraceException refused = assertThrows(
                MillraceException.class,
                () -> config("keys.master-file", elsewhere.toString()).open(Clock.system()));
        assertTrue(String.valueOf(refused.getMessage()).contains("openssl rand"), refused::getMessage);
        assertFalse(Files.exists(elsewhere));
    }

    @Test
    void settings_thatContradict_areRefused() {
        Configuration both = Configuration.of(Map.of(
                "keys.master-key",
                "5a".repeat(32),
                "keys.master-file",
                data.resolve("a").toString()));
        assertThrows(InvalidValueException.class, () -> KeyConfig.from(both, data));
        assertThrows(InvalidValueException.class, () -> config("keys.master-key", "short"));
    }

    @Test
    void environment_ofAChild_tellsWhereTheKeysAre() {
        Configuration given = Configuration.of(Map.of("keys.master-key", "5a".repeat(32)));
        assertEquals(Map.of("MILLRACE_KEYS_MASTER_KEY", "5a".repeat(32)), KeyConfig.environment(given));
        assertEquals(Map.of(), KeyConfig.environment(Configuration.empty()));
    }
}
