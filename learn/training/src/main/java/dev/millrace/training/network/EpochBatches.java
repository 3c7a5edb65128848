package dev.millrace.training.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Cuts all histories into windows and groups windows of like length into batches, anew for each epoch. Immutable;
 * the same seed and epoch give the same batches, which is what lets a run continue in the middle of one.
 *
 * <p>Windows are cut from the end of a history backwards, so that the newest actions fill a whole window; half of the
 * time the cut is moved by a random offset, so that a window's borders differ between epochs.
 */
public final class EpochBatches {
    private final int[][] sequences;
    private final long[] starts;
    private final int windowLength;
    private final int batchTokens;
    private final long seed;

    public EpochBatches(int[][] sequences, int windowLength, int batchTokens, long seed) {
        this.sequences = sequences;
        this.starts = starts(sequences);
        this.windowLength = windowLength;
        this.batchTokens = batchTokens;
        this.seed = seed;
    }

    /** The place of each sequence's first action where all are laid end to end, and the end of the last. */
    public static long[] starts(int[][] sequences) {
        long[] starts = new long[sequences.length + 1];
        for (int user = 0; user < sequences.length; user++) {
            starts[user + 1] = starts[user] + sequences[user].length;
        }
        return starts;
    }

    /** The batches of an epoch in the order in which they are learnt. */
    public List<Batch> epoch(long number) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
        long[] windows = shuffledByLength(windows(random), random);
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < windows.length; ) {
            int length = length(windows[from]);
            int to = Math.min(windows.length, from + Math.max(1, Math.round(batchTokens / (float) length)));
            batches.add(batch(windows, from, to, length));
            from = to;
        }
        shuffle(batches, random);
        return batches;
    }

    /** Windows as (length, user, end) packed so that sorting the packed form sorts by length first. */
    private long[] windows(SplittableRandom random) {
        long[] windows = new long[1024];
        int count = 0;
        for (int user = 0; user < sequences.length; user++) {
            int total = sequences[user].length;
            int end = total;
            if (total > windowLength && random.nextBoolean()) {
                int offset = random.nextInt(windowLength);
                end = total - offset;
                if (offset > 0) {
                    windows = Arrays.copyOf(windows, Math.max(windows.length, nextCapacity(count, windows.length)));
                    windows[count++] = pack(offset, user, total);
                }
            }
            while (end >= 2) {
                int length = Math.min(windowLength, end - 1);
                windows = Arrays.copyOf(windows, Math.max(windows.length, nextCapacity(count, windows.length)));
                windows[count++] = pack(length, user, end);
                end -= length;
            }
        }
        return Arrays.copyOf(windows, count);
    }

    private static int nextCapacity(int count, int capacity) {
        return count == capacity ? capacity * 2 : capacity;
    }

    private static long[] shuffledByLength(long[] windows, SplittableRandom random) {
        long[] keyed = new long[windows.length];
        for (int i = 0; i < windows.length; i++) {
            keyed[i] = windows[i];
        }
        for (int i = keyed.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            long swap = keyed[i];
            keyed[i] = keyed[j];
            keyed[j] = swap;
        }
        return stableByLengthDescending(keyed);
    }

    /** Counting sort: keeps the random order among windows of the same length. */
    private static long[] stableByLengthDescending(long[] windows) {
        int longest = 0;
        for (long window : windows) {
            longest = Math.max(longest, length(window));
        }
        int[] start = new int[longest + 2];
        for (long window : windows) {
            start[longest - length(window) + 1]++;
        }
        for (int i = 1; i < start.length; i++) {
            start[i] += start[i - 1];
        }
        long[] sorted = new long[windows.length];
        for (long window : windows) {
            sorted[start[longest - length(window)]++] = window;
        }
        return sorted;
    }

    private Batch batch(long[] windows, int from, int to, int longest) {
        int rows = to - from;
        int[] items = new int[rows * longest];
        int[] positions = new int[rows * longest];
        int[] targets = new int[rows * longest];
        long[] sources = new long[rows * longest];
        int count = 0;
        for (int row = 0; row < rows; row++) {
            long window = windows[from + row];
            int[] sequence = sequences[user(window)];
            int length = length(window);
            int first = end(window) - length - 1;
            for (int i = 0; i < length; i++) {
                int place = row * longest + i;
                items[place] = sequence[first + i];
                positions[count] = place;
                sources[count] = starts[user(window)] + first + i;
                targets[count++] = sequence[first + i + 1];
            }
        }
        return new Batch(
                rows,
                longest,
                items,
                Arrays.copyOf(positions, count),
                Arrays.copyOf(targets, count),
                Arrays.copyOf(sources, count));
    }

    private static void shuffle(List<Batch> batches, SplittableRandom random) {
        for (int i = batches.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            Batch swap = batches.get(i);
            batches.set(i, batches.get(j));
            batches.set(j, swap);
        }
    }

    // 12 bits of length, 28 of user, 24 of end: histories are capped far below 16 million actions.
    private static long pack(int length, int user, int end) {
        return (long) length << 52 | (long) user << 24 | end;
    }

    private static int length(long window) {
        return (int) (window >>> 52);
    }

    private static int user(long window) {
        return (int) (window >>> 24) & 0xFFFFFFF;
    }

    private static int end(long window) {
        return (int) window & 0xFFFFFF;
    }
}
