package dev.millrace.storage.together;

import dev.millrace.storage.memory.CellIndex;

import java.util.Arrays;
import java.util.function.LongPredicate;

/**
 * Sets of keys that were asked for together, such as the candidates of one request: a hypergraph of keys. Immutable; made by a
 * {@link Builder}.
 *
 * <p>Keys have numbers in the order in which they first came. A key counts once in a set, and a set of fewer than two keys says nothing of
 * what lies together: of that, the number of its key alone is kept. Memory: 4 bytes for each key in each set, and 24 a key.
 */
public final class KeySets {
    /** Keys of all sets together, and different keys. What orders them takes 8 bytes for each. */
    public static final int MOST_PINS = 1 << 26;
    /** Keys of one set, before those that come twice are left out. */
    public static final int MOST_KEYS_IN_SET = 1 << 16;

    private final long[] keys;
    private final int[] starts;
    private final int[] pins;
    private final int largest;

    private KeySets(long[] keys, int[] starts, int[] pins, int largest) {
        this.keys = keys;
        this.starts = starts;
        this.pins = pins;
        this.largest = largest;
    }

    /** How many different keys there are. */
    public int keys() {
        return keys.length;
    }

    public long key(int number) {
        return keys[number];
    }

    /** How many sets of two keys or more there are. */
    public int sets() {
        return starts.length - 1;
    }

    /** How many keys all sets have together. */
    public int pins() {
        return pins.length;
    }

    /** How many keys the largest set has. */
    int largest() {
        return largest;
    }

    /** Where the numbers of a set's keys begin among {@link #pin}; those of the next begin where they end. */
    int start(int set) {
        return starts[set];
    }

    /** The number of a key of a set. */
    int pin(int at) {
        return pins[at];
    }

    /** The same without some keys. */
    public KeySets only(LongPredicate wanted) {
        boolean[] kept = new boolean[keys.length];
        for (int i = 0; i < keys.length; i++) {
            kept[i] = wanted.test(keys[i]);
        }
        Builder builder = new Builder();
        for (int i = 0; i < keys.length; i++) {
            if (kept[i]) {
                // In their old order, whatever sets remain.
                int ignored = builder.number(keys[i]);
            }
        }
        long[] set = new long[largest];
        for (int s = 0; s < sets(); s++) {
            int count = 0;
            for (int at = starts[s]; at < starts[s + 1]; at++) {
                if (kept[pins[at]]) {
                    set[count++] = keys[pins[at]];
                }
            }
            builder.add(set, count);
        }
        return builder.build();
    }

    /** Takes sets one after the other. Owned by one thread. */
    public static final class Builder {
        private long[] keys = new long[1 << 10];
        /** The last set that has the key. */
        private int[] lastSet = new int[1 << 10];

        private int count;
        /** Numbers by the hashes of their keys; −1 is free. At most half are taken. */
        private int[] cells = free(1 << 12);

        private int[] starts = new int[1 << 10];
        private int sets;
        private int[] pins = new int[1 << 12];
        private int largest;
        private int taken;
        private final int most;

        public Builder() {
            this(MOST_PINS);
        }

        /** @param most different keys, and keys of all sets together */
        Builder(int most) {
            this.most = most;
        }

        /**
         * Adds what was asked for at once.
         *
         * @throws IllegalArgumentException where that is too much
         */
        public void add(long[] set, int size) {
            if (size > MOST_KEYS_IN_SET) {
                throw new IllegalArgumentException(
                        "a set of " + size + " keys is over the limit of " + MOST_KEYS_IN_SET + "; leave it out");
            }
            if ((long) starts[sets] + size > most) {
                throw tooMany("keys together");
            }
            taken++;
            int at = starts[sets];
            pins = withRoom(pins, at + size);
            for (int i = 0; i < size; i++) {
                int number = number(set[i]);
                if (lastSet[number] != taken) {
                    lastSet[number] = taken;
                    pins[at++] = number;
                }
            }
            int distinct = at - starts[sets];
            if (distinct >= 2) {
                starts = withRoom(starts, sets + 2);
                starts[++sets] = at;
                largest = Math.max(largest, distinct);
            }
        }

        private int number(long key) {
            int cell = cellOf(key);
            if (cells[cell] >= 0) {
                return cells[cell];
            }
            if (count == most) {
                // Sets of one key add to no set, but each takes a number.
                throw tooMany("different keys");
            }
            if (2 * (count + 1) > cells.length) {
                cells = free(2 * cells.length);
                for (int number = 0; number < count; number++) {
                    cells[cellOf(keys[number])] = number;
                }
                cell = cellOf(key);
            }
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                lastSet = Arrays.copyOf(lastSet, 2 * count);
            }
            cells[cell] = count;
            keys[count] = key;
            return count++;
        }

        private IllegalArgumentException tooMany(String keys) {
            return new IllegalArgumentException("the sets have more than " + most + " " + keys
                    + "; give a sample of them: each tenth set says nearly as much");
        }

        private int cellOf(long key) {
            int cell = (int) CellIndex.hash(key) & (cells.length - 1);
            while (cells[cell] >= 0 && keys[cells[cell]] != key) {
                cell = (cell + 1) & (cells.length - 1);
            }
            return cell;
        }

        private static int[] free(int size) {
            int[] cells = new int[size];
            Arrays.fill(cells, -1);
            return cells;
        }

        private static int[] withRoom(int[] array, int length) {
            return length <= array.length ? array : Arrays.copyOf(array, Math.max(length, 2 * array.length));
        }

        public KeySets build() {
            return new KeySets(
                    Arrays.copyOf(keys, count),
                    Arrays.copyOf(starts, sets + 1),
                    Arrays.copyOf(pins, starts[sets]),
                    largest);
        }
    }
}
