package dev.millrace.storage.cipher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Holds the master key to where it may come from and what it gives away. */
class MasterKeyTest {
    private static final String DIGITS = "0123456789abcdef".repeat(4);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void unwrap_whatItWrapped_givesItBackInItsContextAlone() throws IOException {
        MasterKey master = MasterKey.parse(DIGITS);
        byte[] key = {1, 2, 3};
        byte[] wrapped = master.wrap(key, new byte[] {9});
        assertArrayEquals(key, master.unwrap(wrapped, new byte[] {9}));
        assertThrows(IOException.class, () -> master.unwrap(wrapped, new byte[] {8}));
        assertThrows(IOException.class, () -> master.unwrap(new byte[5], new byte[] {9}));
        assertThrows(IOException.class, () -> MasterKey.parse("00".repeat(32)).unwrap(wrapped, new byte[] {9}));
        wrapped[20] ^= 1;
        assertThrows(IOException.class, () -> master.unwrap(wrapped, new byte[] {9}));
    }

    @Test
    void createFile_thenFromFile_isTheSameKey() throws IOException {
        Path file = directory.resolve("master");
        MasterKey made = MasterKey.createFile(file);
        assertEquals(made.id(), MasterKey.fromFile(file).id());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertThrows(FileAlreadyExistsException.class, () -> MasterKey.createFile(file));
        assertFalse(made.toString().contains(Files.readString(file).strip()));
    }

    @Test
    void createFile_afterOneThatWasCutOff_makesAKey() throws IOException {
        Path file = directory.resolve("master");
        Files.writeString(directory.resolve("master.writing"), "5a5a");
        MasterKey made = MasterKey.createFile(file);
        assertEquals(made.id(), MasterKey.fromFile(file).id());
        assertFalse(Files.exists(directory.resolve("master.writing")));
    }

    @Test
    void fromFile_thatOthersMayRead_isRefusedWithTheFix() throws IOException {
        Path file = Files.writeString(directory.resolve("master"), DIGITS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        IOException refused = assertThrows(IOException.class, () -> MasterKey.fromFile(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("chmod 600"), refused::toString);
    }

    @Test
    void parse_otherThanSixtyFourDigits_isRefusedWithoutShowingThem() {
        for (String wrong : new String[] {"", "12", DIGITS + "0", DIGITS.replace('0', 'x'), "hush".repeat(16)}) {
            InvalidValueException refused = assertThrows(InvalidValueException.class, () -> MasterKey.parse(wrong));
            assertTrue(wrong.isEmpty() || !String.valueOf(refused.getMessage()).contains(wrong + "'"));
            assertFalse(String.valueOf(refused.getMessage()).contains("hush"));
        }
        assertEquals(
                MasterKey.parse(DIGITS).id(),
                MasterKey.parse(" " + DIGITS.toUpperCase(java.util.Locale.ROOT) + "\n")
                        .id());
    }

    @Test
    void fromEnvironment_missing_namesTheVariable() {
        InvalidValueException refused = assertThrows(
                InvalidValueException.class, () -> MasterKey.fromEnvironment(Map.of(), MasterKey.VARIABLE));
        assertTrue(String.valueOf(refused.getMessage()).contains("MILLRACE_KEYS_MASTER_KEY"));
        String id = MasterKey.fromEnvironment(Map.of("K", DIGITS), "K").id();
        assertEquals(MasterKey.parse(DIGITS).id(), id);
    }
}
