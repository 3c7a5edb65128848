package dev.millrace.pipeline;

/**
 * Something that stages hand to each other: a {@link Column} (an array with one element per candidate) or a
 * {@link Value} (one object per request). Fields are constants and are compared by identity.
 *
 * @param <T> what a stage gets when it reads the field
 */
public sealed interface Field<T> permits Column, Value {
    /** What {@code describe()} prints; unique in a pipeline. */
    String name();
}
