package dev.millrace.pipeline;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * A field of which a request has one: either assigned anew by each request, or kept in the frame and filled again.
 * Immutable.
 */
public final class Value<T> implements Field<T> {
    private final String name;
    private final @Nullable Supplier<T> factory;

    private Value(String name, @Nullable Supplier<T> factory) {
        this.name = name;
        this.factory = factory;
    }

    /** A value that each request sets: an input, or a stage's result. The frame forgets it when the request ends. */
    public static <T> Value<T> assigned(String name) {
        return new Value<>(name, null);
    }

    /** A mutable holder that a frame creates once and later requests reuse; the stage that writes it must reset it. */
    public static <T> Value<T> kept(String name, Supplier<T> factory) {
        return new Value<>(name, factory);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }

    boolean isKept() {
        return factory != null;
    }

    @Nullable T create() {
        return factory == null ? null : factory.get();
    }
}
