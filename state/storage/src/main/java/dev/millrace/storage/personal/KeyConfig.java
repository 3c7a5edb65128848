package dev.millrace.storage.personal;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.disk.Disk;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a data directory's keys of people are, and the master key that wraps them.
 *
 * @param directory of the key table
 * @param given the master key itself; else it is in the file
 * @param masterFile only its owner may read it
 * @param named whether somebody chose the file: then it is not made
 */
public record KeyConfig(Path directory, @Nullable MasterKey given, Path masterFile, boolean named) {
    private static final Logger log = LoggerFactory.getLogger(KeyConfig.class);
    private static final String FILE = "keys.master-file";
    private static final String KEY = "keys.master-key";
    /** Of the master key beside the key table. */
    public static final String DEFAULT_NAME = "master.key";

    /** Reads {@code keys.master-file} and {@code keys.master-key}; without them, the master key lies beside the key table. */
    public static KeyConfig from(Configuration configuration, Path dataDir) {
        Path directory = dataDir.resolve("keys");
        String file = configuration.text(FILE, "");
        String digits = configuration.text(KEY, "");
        if (!file.isBlank() && !digits.isBlank()) {
            throw new InvalidValueException(
                    "setting '" + KEY + "'", "is set beside " + FILE + " (" + file + "); give one of them");
        }
        return new KeyConfig(
                directory,
                digits.isBlank() ? null : parse(digits),
                file.isBlank() ? directory.resolve(DEFAULT_NAME) : Path.of(file),
                !file.isBlank());
    }

    /** The same settings as environment variables, for a child process: its command line could be seen by others. */
    public static Map<String, String> environment(Configuration configuration) {
        Map<String, String> variables = new HashMap<>();
        String file = configuration.text(FILE, "");
        if (!file.isBlank()) {
            variables.put(
                    "MILLRACE_KEYS_MASTER_FILE", Path.of(file).toAbsolutePath().toString());
        }
        String digits = configuration.text(KEY, "");
        if (!digits.isBlank()) {
            variables.put(MasterKey.VARIABLE, digits);
        }
        return variables;
    }

    /** The key table, made where there is none, and with it a master key unless one was named. */
    public KeyTable open(Clock clock) {
        try {
            Disk.local().createDirectories(directory);
            return KeyTable.open(directory, List.of(master()), clock);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** The key table for who only reads, beside another process or none; nothing where there is none. */
    public @Nullable KeyTable openReadOnly() {
        try {
            return hasTable() ? KeyTable.openReadOnly(directory, List.of(existing())) : null;
        } catch (IOException e) {
            throw refused(e);
        }
    }

    /** Whether there is a key table. */
    public boolean hasTable() throws IOException {
        return Disk.local().list(directory).stream().anyMatch(KeyNames::isKeyFile);
    }

    /** Whether the master key lies in the same directory as what it protects. */
    public boolean isBesideTable() {
        return given == null && !named;
    }

    private KeyWrapper master() throws IOException {
        if (given != null || named || Files.exists(masterFile) || hasTable()) {
            return existing();
        }
        MasterKey made = MasterKey.createFile(masterFile);
        log.warn(
                "made the master key of people's keys in {}: whoever copies the whole data directory has it as well. Move it off"
                        + " this disk and name its place with {}, or give it as {}",
                masterFile,
                FILE,
                KEY);
        return made;
    }

    private KeyWrapper existing() throws IOException {
        if (given != null) {
            return given;
        }
        if (!Files.exists(masterFile)) {
            throw new IOException("the master key " + masterFile + " is missing"
                    + (hasTable()
                            ? ", and without it nothing of users can be read; put it back, or name where it is with "
                            : "; make one with 'umask 077; openssl rand -hex 32 > " + masterFile
                                    + "', or name another with ")
                    + FILE);
        }
        return MasterKey.fromFile(masterFile);
    }

    private MillraceException refused(IOException e) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED, "the keys in " + directory + " cannot be opened: " + e.getMessage(), e);
    }

    private static MasterKey parse(String digits) {
        try {
            return MasterKey.parse(digits);
        } catch (InvalidValueException e) {
            throw new InvalidValueException("setting '" + KEY + "'", "is no master key: " + e.getMessage());
        }
    }
}
