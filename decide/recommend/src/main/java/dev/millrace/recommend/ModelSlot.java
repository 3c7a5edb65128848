package dev.millrace.recommend;

/** The place of the live model, swapped atomically; the old one is closed after the last request that uses it. Thread-safe. */
public final class ModelSlot implements AutoCloseable {
    /** The version of the live model; empty while there is none. */
    public String version() {
        return "";
    }

    @Override
    public void close() {}
}
