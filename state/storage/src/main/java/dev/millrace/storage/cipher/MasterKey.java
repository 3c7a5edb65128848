package dev.millrace.storage.cipher;

import dev.millrace.model.InvalidValueException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** A master key of this process: 256 bits, written as 64 hexadecimal digits. Thread-safe; does not show its bits. */
public final class MasterKey implements KeyWrapper {
    /** The environment variable of the setting {@code keys.master-key}. */
    public static final String VARIABLE = "MILLRACE_KEYS_MASTER_KEY";

    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private static final byte[] ID_PREFIX = "millrace master key ".getBytes(StandardCharsets.US_ASCII);

    private final SecretKey key;
    private final String id;

    private MasterKey(byte[] bits) {
        this.key = new SecretKeySpec(bits, AesGcm.ALGORITHM);
        byte[] named = Arrays.copyOf(ID_PREFIX, ID_PREFIX.length + bits.length);
        System.arraycopy(bits, 0, named, ID_PREFIX.length, bits.length);
        this.id = HexFormat.of().formatHex(Digests.sha256(named), 0, 8);
        Arrays.fill(named, (byte) 0);
    }

    /** @throws InvalidValueException when it is not 64 hexadecimal digits */
    public static MasterKey parse(String digits) {
        return parse(digits, "master key");
    }

    /**
     * Reads the key from a file that only its owner may read.
     *
     * @throws IOException when it cannot be read, or others may read it
     */
    public static MasterKey fromFile(Path file) throws IOException {
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
            permissions.removeAll(OWNER);
            if (!permissions.isEmpty()) {
                throw new IOException(file + " holds a master key and may be used by others than its owner: "
                        + PosixFilePermissions.toString(Files.getPosixFilePermissions(file)) + "; chmod 600 it");
            }
        }
        return parse(Files.readString(file, StandardCharsets.US_ASCII), file.toString());
    }

    /** @throws InvalidValueException when the variable is not set to 64 hexadecimal digits */
    public static MasterKey fromEnvironment(Map<String, String> environment, String variable) {
        return parse(environment.getOrDefault(variable, ""), variable);
    }

    /** Makes a key and a file for it that only its owner may read; on disk when this returns. The file must not exist. */
    public static MasterKey createFile(Path file) throws IOException {
        byte[] bits = new byte[AesGcm.KEY_BYTES];
        new SecureRandom().nextBytes(bits);
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        // Beside it first: a start that is cut off must not leave half a key, which every later one would refuse.
        Path writing = file.resolveSibling(file.getFileName() + ".writing");
        Files.deleteIfExists(writing);
        Files.createFile(writing, PosixFilePermissions.asFileAttribute(OWNER));
        byte[] digits = (HexFormat.of().formatHex(bits) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (DiskFile opened = Disk.local().open(writing)) {
            opened.write(ByteBuffer.wrap(digits), 0);
            opened.force();
        }
        Files.move(writing, file, StandardCopyOption.ATOMIC_MOVE);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Disk.local().forceDirectory(directory);
        }
        return new MasterKey(bits);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public byte[] wrap(byte[] wrapped, byte[] context) {
        return new AesGcm().seal(key, context, wrapped);
    }

    @Override
    public byte[] unwrap(byte[] wrapped, byte[] context) throws IOException {
        byte[] unwrapped = new AesGcm().open(key, context, wrapped);
        if (unwrapped == null) {
            throw new IOException("master key " + id + " did not wrap this key, or it was altered");
        }
        return unwrapped;
    }

    @Override
    public String toString() {
        return "master key " + id;
    }

    private static MasterKey parse(String digits, String origin) {
        String stripped = digits.strip().toLowerCase(Locale.ROOT);
        if (!stripped.matches("[0-9a-f]{64}")) {
            throw new InvalidValueException(
                    origin,
                    "must hold 64 hexadecimal digits, has " + stripped.length()
                            + " characters; make them with: openssl rand -hex 32");
        }
        return new MasterKey(HexFormat.of().parseHex(stripped));
    }
}
