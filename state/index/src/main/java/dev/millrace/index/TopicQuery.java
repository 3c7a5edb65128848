package dev.millrace.index;

import dev.millrace.model.InvalidValueException;

/** A weighted set of terms to search the topic index for; reused, owned by one request. */
public final class TopicQuery {
    /** More terms cost time and add little: the heaviest ones are searched for. */
    public static final int MAX_TERMS = 16;

    /** Terms that are collected before the heaviest are chosen. */
    private static final int CAPACITY = 512;

    private final int[] terms = new int[CAPACITY];
    private final float[] weights = new float[CAPACITY];
    private int size;
    private long seed;

    /** @param startSeed draws where the search starts, which decides among equals when it may not look at everything */
    public void reset(long startSeed) {
        size = 0;
        seed = startSeed;
    }

    /** Adds to the weight of a term; beyond 512 different terms, new ones are left out. */
    public void add(int term, float weight) {
        if (!(weight > 0 && weight < 1e9)) {
            throw new InvalidValueException("weight of term " + term, "is " + weight + "; give a number above 0");
        }
        for (int i = 0; i < size; i++) {
            if (terms[i] == term) {
                weights[i] += weight;
                return;
            }
        }
        if (size < CAPACITY) {
            terms[size] = term;
            weights[size++] = weight;
        }
    }

    public boolean isEmpty() {
        return size == 0;
    }

    long seed() {
        return seed;
    }

    int term(int index) {
        return terms[index];
    }

    float weight(int index) {
        return weights[index];
    }

    /** Moves the heaviest terms to the front, the rarest of them first; returns how many of them there are. */
    int select(TopicTerms statistics) {
        int count = Math.min(size, MAX_TERMS);
        for (int i = 0; i < count; i++) {
            int heaviest = i;
            for (int j = i + 1; j < size; j++) {
                if (weights[j] > weights[heaviest]) {
                    heaviest = j;
                }
            }
            swap(i, heaviest);
        }
        for (int i = 0; i < count; i++) {
            for (int j = i; j > 0 && statistics.itemsWith(terms[j]) < statistics.itemsWith(terms[j - 1]); j--) {
                swap(j, j - 1);
            }
        }
        return count;
    }

    private void swap(int i, int j) {
        int term = terms[i];
        float weight = weights[i];
        terms[i] = terms[j];
        weights[i] = weights[j];
        terms[j] = term;
        weights[j] = weight;
    }
}
