package dev.millrace.models;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

/**
 * What a manifest says of a compressed bundle's comparison with its original (stateless).
 *
 * <p>A bundle names itself by its content and is signed, so what its manifest says was said by whoever compressed it, of these
 * weights. Without it a compressed bundle is never live.
 */
public final class CompressionEvidence {
    /** The lineage's key for how a bundle was made smaller. */
    public static final String METHOD = "compression";

    /** The lineage's key for the outcome of the comparison. */
    public static final String PARITY = "parity";

    /** The only outcome that may be live. */
    public static final String PASSED = "passed";

    private CompressionEvidence() {}

    /** @throws MillraceException (CONFLICT) for a compressed bundle that was not compared with its original, or lost to it */
    static void require(BundleManifest manifest) {
        var lineage = manifest.facts().lineage();
        VectorEncoding vectors = VectorEncoding.among(manifest.files());
        boolean compressed = lineage.containsKey(METHOD) || (vectors != null && vectors != VectorEncoding.FP32);
        if (compressed && !PASSED.equals(lineage.get(PARITY))) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "model version '" + manifest.version()
                            + "' is compressed and says nothing of a passed comparison with"
                            + " its original; compress the original anew with millrace models compress");
        }
    }
}
