package dev.millrace.model;

import org.jspecify.annotations.Nullable;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * A small immutable map from labels to floats in two arrays, the labels often shared: thousands of recent slates are
 * kept to be explained, and boxes would be most of what the garbage collector has to copy.
 */
public final class FloatMap extends AbstractMap<String, Float> {
    /** A map without labels. */
    public static final FloatMap EMPTY = new FloatMap(new String[0], new float[0]);

    private final String[] labels;
    private final float[] values;

    private FloatMap(String[] labels, float[] values) {
        this.labels = labels;
        this.values = values;
    }

    /**
     * A map of the n-th label to the n-th value. Neither array is copied, so do not change them.
     *
     * @throws IllegalArgumentException when the arrays differ in length
     */
    public static FloatMap of(String[] labels, float[] values) {
        if (labels.length != values.length) {
            throw new IllegalArgumentException(labels.length + " labels for " + values.length + " values");
        }
        return new FloatMap(labels, values);
    }

    public static FloatMap copyOf(Map<String, Float> map) {
        if (map instanceof FloatMap same) {
            return same;
        }
        String[] labels = new String[map.size()];
        float[] values = new float[labels.length];
        int i = 0;
        for (Entry<String, Float> entry : map.entrySet()) {
            labels[i] = entry.getKey();
            values[i++] = entry.getValue();
        }
        return new FloatMap(labels, values);
    }

    /** The n-th label. */
    public String label(int n) {
        return labels[n];
    }

    /** The value under the n-th label. */
    public float value(int n) {
        return values[n];
    }

    /** Whether the other has the same labels in the same order. */
    public boolean hasLabelsOf(FloatMap other) {
        return Arrays.equals(labels, other.labels);
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public @Nullable Float get(@Nullable Object key) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i].equals(key)) {
                return values[i];
            }
        }
        return null;
    }

    @Override
    public Set<Entry<String, Float>> entrySet() {
        return new Entries();
    }

    private final class Entries extends AbstractSet<Entry<String, Float>> {
        @Override
        public int size() {
            return labels.length;
        }

        @Override
        public Iterator<Entry<String, Float>> iterator() {
            return new Iterator<>() {
                private int next;

                @Override
                public boolean hasNext() {
                    return next < labels.length;
                }

                @Override
                public Entry<String, Float> next() {
                    if (next == labels.length) {
                        throw new NoSuchElementException();
                    }
                    return Map.entry(labels[next], values[next++]);
                }
            };
        }
    }
}
