package dev.millrace.pipeline;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A field of which a request has one: either assigned anew by each request, or kept in the frame and filled again.
 * Immutable.
 */
public final class Value<T> implements Field<T> {
    private final String name;
    private final @Nullable Supplier<T> factory;
    private final @Nullable Consumer<? super T> onForget;
    private final boolean workspace;

    private Value(
            String name, @Nullable Supplier<T> factory, @Nullable Consumer<? super T> onForget, boolean workspace) {
        this.name = name;
        this.factory = factory;
        this.onForget = onForget;
        this.workspace = workspace;
    }

    /** A value that each request sets: an input, or a stage's result. The frame forgets it when the request ends. */
    public static <T> Value<T> assigned(String name) {
        return new Value<>(name, null, null, false);
    }

    /** An assigned value that is a lease: given to {@code onForget} once no stage can touch it any more. */
    public static <T> Value<T> leased(String name, Consumer<? super T> onForget) {
        return new Value<>(name, null, onForget, false);
    }

    /** A mutable holder that a frame creates once and later requests reuse; the stage that writes it must reset it. */
    public static <T> Value<T> kept(String name, Supplier<T> factory) {
        return new Value<>(name, factory, null, false);
    }

    /** Working memory that stages share one after another: each writes it, and none reads what another left in it. */
    public static <T> Value<T> workspace(String name, Supplier<T> factory) {
        return new Value<>(name, factory, null, true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        return name;
    }

    boolean isWorkspace() {
        return workspace;
    }

    boolean isKept() {
        return factory != null;
    }

    @SuppressWarnings("unchecked") // The frame assigned the content through this very value.
    void forget(Object content) {
        if (onForget != null) {
            onForget.accept((T) content);
        }
    }

    @Nullable
    T create() {
        return factory == null ? null : factory.get();
    }
}
