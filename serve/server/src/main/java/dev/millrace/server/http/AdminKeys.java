package dev.millrace.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.wire.WireJson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The key that opens the server. It has 256 random bits, so that a plain SHA-256 of it can be stored: there is
 * nothing to guess. Thread-safe.
 */
public final class AdminKeys {
    private static final Logger log = LoggerFactory.getLogger(AdminKeys.class);
    private static final String FILE = "admin.json";
    private static final String PREFIX = "mr_";
    private static final int KEY_BYTES = 32;
    private static final int SHORTEST_GIVEN_KEY = 16;

    private final byte[] hash;
    private final Path file;
    private final @Nullable String fresh;

    private AdminKeys(Path file, byte[] hash, @Nullable String fresh) {
        this.file = file;
        this.hash = hash;
        this.fresh = fresh;
    }

    /**
     * Reads the stored hash; without one, makes a key and stores its hash.
     *
     * @param given the key that the operator sets, in the place of the stored one; empty for none
     */
    public static AdminKeys open(Path directory, String given) throws IOException {
        Path file = directory.resolve(FILE);
        byte[] stored = Files.exists(file) ? read(file) : null;
        if (!given.isEmpty()) {
            return replaced(directory, stored, hash(checked(given)));
        }
        if (stored != null) {
            return new AdminKeys(file, stored, null);
        }
        String fresh = generate();
        store(directory, file, hash(fresh));
        return new AdminKeys(file, hash(fresh), fresh);
    }

    /** One key opens the server: who sets another has revoked the one before, also for a start without the setting. */
    private static AdminKeys replaced(Path directory, byte @Nullable [] stored, byte[] given) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Arrays.equals(stored, given)) {
            store(directory, file, given);
            if (stored != null) {
                log.warn("server.admin-key replaces the admin key of before, which opens nothing any more");
            }
        }
        return new AdminKeys(file, given, null);
    }

    /** The key, only where this start made it. */
    public Optional<String> fresh() {
        return Optional.ofNullable(fresh);
    }

    /** Removes a key that this start made, when the start fails: nobody has seen it, and the next start makes another. */
    public void forgetFresh() throws IOException {
        if (fresh != null) {
            Files.deleteIfExists(file);
        }
    }

    /** Whether the text is a key; takes the same time whether it is nearly one or not at all. */
    public boolean accepts(String key) {
        return MessageDigest.isEqual(hash, hash(key));
    }

    private static String generate() {
        byte[] bits = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bits);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    }

    private static void store(Path directory, Path file, byte[] hash) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        ObjectNode content = WireJson.strict()
                .createObjectNode()
                .put("algorithm", "SHA-256")
                .put("hash", HexFormat.of().formatHex(hash))
                .put("created", Instant.now().toString());
        Path draft = Files.createTempFile(
                directory,
                FILE,
                ".draft",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, content.toPrettyString() + "\n");
        force(draft, StandardOpenOption.WRITE);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        force(directory, StandardOpenOption.READ);
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }

    private static byte[] read(Path file) throws IOException {
        try {
            JsonNode content = WireJson.strict().readTree(file.toFile());
            byte[] hash = HexFormat.of().parseHex(content.path("hash").asText());
            if (hash.length == 32) {
                return hash;
            }
        } catch (com.fasterxml.jackson.core.JsonProcessingException | IllegalArgumentException e) {
            throw damaged(file, e);
        }
        throw damaged(file, null);
    }

    private static MillraceException damaged(Path file, @Nullable Exception cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                file + " does not hold a key's hash; restore it, or delete it to have a new key made at the next start",
                cause);
    }

    /** @return the given key, which is long enough; empty for none */
    public static String checked(String given) {
        if (!given.isEmpty() && given.length() < SHORTEST_GIVEN_KEY) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "server.admin-key has " + given.length() + " characters; give at least " + SHORTEST_GIVEN_KEY);
        }
        return given;
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
