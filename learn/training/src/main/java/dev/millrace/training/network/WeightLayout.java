package dev.millrace.training.network;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where each weight of a network lies in one flat array of floats. Immutable once it is handed on.
 *
 * <p>Keeping all weights in one array makes the optimiser, the norm of the gradient and a checkpoint single operations
 * over one block of memory. Matrices are row-major, output × input, as libtorch's linear wants them.
 */
public sealed class WeightLayout permits SequenceLayout {
    /** One weight: its place and its shape. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Slot(int offset, long[] shape) {
        public int length() {
            long length = 1;
            for (long side : shape) {
                length *= side;
            }
            return Math.toIntExact(length);
        }
    }

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private int length;

    WeightLayout() {}

    /** @param sides the shape of each weight by its name, in the order in which they lie */
    public WeightLayout(Map<String, long[]> sides) {
        sides.forEach(this::add);
    }

    /** All weights by name, in the order of their offsets. */
    public Map<String, Slot> slots() {
        return Collections.unmodifiableMap(slots);
    }

    public Slot slot(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException("no weight is named '" + name + "'; known: " + slots.keySet());
        }
        return slot;
    }

    /** The number of floats of all weights together. */
    public int length() {
        return length;
    }

    final void add(String name, long... sides) {
        Slot slot = new Slot(length, sides);
        slots.put(name, slot);
        length = Math.addExact(length, slot.length());
    }
}
