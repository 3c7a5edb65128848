package dev.millrace.training.network;

import dev.millrace.model.InvalidValueException;

import java.util.Locale;

/** How the blocks of a model look from one action to those before it. */
public enum MixingKind {
    /** Attention with a learned bias per head and distance. */
    ATTENTION,
    /** A gated causal convolution, channel by channel. */
    CONVOLUTION;

    /** @throws InvalidValueException when no kind has this name */
    public static MixingKind named(String name) {
        for (MixingKind kind : values()) {
            if (kind.toString().equals(name)) {
                return kind;
            }
        }
        throw new InvalidValueException("mixing", "'" + name + "' is unknown; expected attention or convolution");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
