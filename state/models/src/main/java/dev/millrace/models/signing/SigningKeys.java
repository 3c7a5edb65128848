package dev.millrace.models.signing;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The key that signs what a data directory publishes, made on first use, and the public keys of others that it trusts
 * (thread-safe; several processes may share the directory).
 *
 * <pre>
 * KEYS/bundles.key          the private key, PKCS #8 in PEM, readable by its owner alone
 * KEYS/bundles.pub          its public key, X.509 in PEM: give it to who is to trust this directory's bundles
 * KEYS/trusted/NAME.pub     public keys whose bundles are accepted here
 * </pre>
 */
public final class SigningKeys {
    private static final String ALGORITHM = "Ed25519";
    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";
    private static final int KEY_ID_DIGITS = 16;

    private final Path directory;
    private final Path privateFile;
    private final Path publicFile;

    public SigningKeys(Path directory) {
        this.directory = directory;
        this.privateFile = directory.resolve("bundles.key");
        this.publicFile = directory.resolve("bundles.pub");
    }

    /** Signs a message; makes the key where there is none. */
    public DetachedSignature sign(byte[] message) throws IOException {
        makeWhereAbsent();
        try {
            Signature signer = Signature.getInstance(ALGORITHM);
            signer.initSign(readPrivate());
            signer.update(message);
            return DetachedSignature.of(keyId(readPublic(publicFile)), signer.sign());
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot sign with " + privateFile + ": " + e.getMessage(), e);
        }
    }

    /** How a signature stands to the keys here. */
    public enum Standing {
        VALID,
        /** Made by a key that is neither ours nor trusted. */
        UNKNOWN_KEY,
        /** The key is known, but the signature is not one of this message. */
        INVALID
    }

    public Standing verify(byte[] message, DetachedSignature signature) throws IOException {
        PublicKey key = find(signature.keyId());
        if (key == null) {
            return Standing.UNKNOWN_KEY;
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature.bytes()) ? Standing.VALID : Standing.INVALID;
        } catch (GeneralSecurityException | IllegalArgumentException notASignature) {
            return Standing.INVALID;
        }
    }

    /** Names the key of this directory, which is made where there is none: 16 hex digits of the SHA-256 of the public key. */
    public String keyId() throws IOException {
        makeWhereAbsent();
        return keyId(readPublic(publicFile));
    }

    /** The public key in PEM, for those who are to trust it. */
    public String publicKey() throws IOException {
        makeWhereAbsent();
        return Files.readString(publicFile);
    }

    private @Nullable PublicKey find(String id) throws IOException {
        if (Files.exists(publicFile)) {
            PublicKey own = readPublic(publicFile);
            if (keyId(own).equals(id)) {
                return own;
            }
        }
        Path trusted = directory.resolve("trusted");
        if (!Files.isDirectory(trusted)) {
            return null;
        }
        try (var files = Files.newDirectoryStream(trusted, "*.pub")) {
            for (Path file : files) {
                PublicKey key = readPublic(file);
                if (keyId(key).equals(id)) {
                    return key;
                }
            }
        }
        return null;
    }

    /** The private key arrives by a link, which fails where another process was first; both then use that one's. */
    private void makeWhereAbsent() throws IOException {
        if (Files.exists(privateFile) && Files.exists(publicFile)) {
            return;
        }
        try {
            Files.createDirectories(directory);
            if (!Files.exists(privateFile)) {
                KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
                // The public half follows from the private one only through this pair, so both lie in one file.
                place(
                        privateFile,
                        pem(PRIVATE, pair.getPrivate().getEncoded())
                                + pem(PUBLIC, pair.getPublic().getEncoded()));
            }
            if (!Files.exists(publicFile)) {
                place(publicFile, pem(PUBLIC, decode(privateFile, PUBLIC)));
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform since 15 has " + ALGORITHM, e);
        }
    }

    private void place(Path file, String content) throws IOException {
        Path draft = Files.createTempFile(
                directory,
                "key",
                ".draft",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(draft, content);
            force(draft, StandardOpenOption.WRITE);
            Files.createLink(file, draft);
            force(directory, StandardOpenOption.READ);
        } catch (FileAlreadyExistsException otherWasFirst) {
            // Its key is as good.
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }

    private PrivateKey readPrivate() throws IOException, GeneralSecurityException {
        return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(decode(privateFile, PRIVATE)));
    }

    private static PublicKey readPublic(Path file) throws IOException {
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(decode(file, PUBLIC)));
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " holds no Ed25519 public key: " + e.getMessage() + "; restore it", e);
        }
    }

    private static String keyId(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return HexFormat.of().formatHex(digest).substring(0, KEY_ID_DIGITS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String pem(String kind, byte[] encoded) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded) + "\n-----END " + kind
                + "-----\n";
    }

    private static byte[] decode(Path file, String kind) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        String begin = "-----BEGIN " + kind + "-----";
        int from = text.indexOf(begin);
        int to = text.indexOf("-----END " + kind + "-----");
        if (from < 0 || to < from) {
            throw new IOException(file + " holds no " + kind + " in PEM; restore it, or take it away");
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " holds a " + kind + " that is no base64; restore it, or take it away", e);
        }
    }
}
