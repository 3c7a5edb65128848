package dev.millrace.features.columns;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** A growing array of references, safely published. One writer; any thread reads without a lock. */
public final class ObjectColumn<T> {
    private static final VarHandle OBJECTS = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final int CHUNK_BITS = 12;
    private static final int CHUNK_SIZE = 1 << CHUNK_BITS;
    private static final int MASK = CHUNK_SIZE - 1;

    private volatile Object[][] chunks = new Object[0][];

    /** Makes the entries 0 to {@code size - 1} exist, new ones null. Writer only. */
    public void ensure(int size) {
        Object[][] present = chunks;
        int wanted = (size + MASK) >>> CHUNK_BITS;
        if (wanted <= present.length) {
            return;
        }
        Object[][] grown = Arrays.copyOf(present, wanted);
        for (int i = present.length; i < wanted; i++) {
            grown[i] = new Object[CHUNK_SIZE];
        }
        chunks = grown;
    }

    @SuppressWarnings("unchecked")
    public @Nullable T get(int index) {
        return (T) OBJECTS.getAcquire(chunks[index >>> CHUNK_BITS], index & MASK);
    }

    /** Writer only. */
    public void set(int index, @Nullable T value) {
        OBJECTS.setRelease(chunks[index >>> CHUNK_BITS], index & MASK, value);
    }
}
