package dev.millrace.models.compress;

import dev.millrace.model.InvalidValueException;
import dev.millrace.models.VectorEncoding;

import java.util.Arrays;
import java.util.Locale;

/** In what numbers weights are kept. What is computed with them is computed in 32-bit floats all the same. */
public enum StoredPrecision {
    /** 16-bit floats: half the size, three decimal digits. */
    FP16(VectorEncoding.FP16),
    /** Signed bytes with a scale per row: a quarter of the size. */
    INT8(VectorEncoding.INT8);

    private final VectorEncoding vectors;

    StoredPrecision(VectorEncoding vectors) {
        this.vectors = vectors;
    }

    /** How a bundle's item vectors are kept in it. */
    VectorEncoding vectors() {
        return vectors;
    }

    /** @throws InvalidValueException when none has this name */
    public static StoredPrecision named(String name) {
        for (StoredPrecision precision : values()) {
            if (precision.toString().equals(name)) {
                return precision;
            }
        }
        throw new InvalidValueException(
                "precision", "'" + name + "' is unknown; expected one of " + Arrays.toString(values()));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
