package dev.millrace.models;

import dev.millrace.models.BundleRefusedException.Reason;
import dev.millrace.models.signing.DetachedSignature;
import dev.millrace.models.signing.SigningKeys;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Whose bundles a registry takes (immutable; thread-safe).
 *
 * <p>A signature covers the manifest, which holds the digest of every other file. The rule: a bundle that is signed must be
 * signed by our key or a trusted one. A bundle of schema 2 must be signed. One of schema 1 came before there were
 * signatures, and is taken without one unless signatures are required.
 */
final class BundleTrust {
    private static final byte[] PURPOSE = "millrace bundle\n".getBytes(StandardCharsets.UTF_8);

    private final SigningKeys keys;
    private final boolean signatureRequired;

    BundleTrust(SigningKeys keys, boolean signatureRequired) {
        this.keys = keys;
        this.signatureRequired = signatureRequired;
    }

    /** @throws BundleRefusedException UNSIGNED, UNKNOWN_KEY or WRONG_SIGNATURE */
    void require(Bundle bundle) throws IOException {
        Path file = bundle.directory().resolve(Bundle.SIGNATURE);
        if (!Files.exists(file)) {
            requireNone(bundle);
            return;
        }
        DetachedSignature signature = read(bundle, file);
        switch (keys.verify(message(bundle), signature)) {
            case VALID -> {} // taken
            case UNKNOWN_KEY ->
                throw new BundleRefusedException(
                        Reason.UNKNOWN_KEY,
                        bundle.directory(),
                        "it is signed by the key " + signature.keyId()
                                + ", which is not trusted here; put its public key into keys/trusted as NAME.pub");
            case INVALID ->
                throw new BundleRefusedException(
                        Reason.WRONG_SIGNATURE,
                        bundle.directory(),
                        "its signature by the key " + signature.keyId()
                                + " is not one of its manifest; it was changed after it was signed");
        }
    }

    private void requireNone(Bundle bundle) {
        int schema = bundle.manifest().schema();
        if (schema > 1 || signatureRequired) {
            throw new BundleRefusedException(
                    Reason.UNSIGNED,
                    bundle.directory(),
                    "it has no " + Bundle.SIGNATURE
                            + (schema > 1
                                    ? ", which bundles of schema " + schema + " must have here; publish it anew"
                                    : ", and models.require-signature is set; publish it anew to have it signed"));
        }
    }

    /** The key that a bundle's signature names, unproven; null where there is none that can be read. */
    static @Nullable String keyId(Path bundle) throws IOException {
        try {
            return DetachedSignature.decode(Files.readAllBytes(bundle.resolve(Bundle.SIGNATURE)))
                    .keyId();
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return null;
        }
    }

    static boolean isSigned(Path bundle) {
        return Files.exists(bundle.resolve(Bundle.SIGNATURE));
    }

    /** Writes the signature of our key into a bundle that has none. */
    void sign(Bundle bundle) throws IOException {
        ByteBuffer signature = ByteBuffer.wrap(keys.sign(message(bundle)).encode());
        try (FileChannel channel = FileChannel.open(
                bundle.directory().resolve(Bundle.SIGNATURE),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
            while (signature.hasRemaining()) {
                channel.write(signature);
            }
            channel.force(true);
        }
        DurableFiles.forceDirectory(bundle.directory());
    }

    private static DetachedSignature read(Bundle bundle, Path file) throws IOException {
        try {
            return DetachedSignature.decode(Files.readAllBytes(file));
        } catch (IllegalArgumentException e) {
            throw new BundleRefusedException(
                    Reason.WRONG_SIGNATURE,
                    bundle.directory(),
                    Bundle.SIGNATURE + " cannot be used: " + e.getMessage());
        }
    }

    private static byte[] message(Bundle bundle) throws IOException {
        byte[] manifest = BundleJson.manifest(bundle.manifest());
        return ByteBuffer.allocate(PURPOSE.length + manifest.length)
                .put(PURPOSE)
                .put(manifest)
                .array();
    }
}
