package dev.millrace.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;

/** Of many users' histories, those of so many users who were here last; holds no others. Owned by one thread. */
final class NewestHistories {
    private final int most;
    /** The oldest first. A user may come twice, the same both times. */
    private final TreeSet<Present> newest =
            new TreeSet<>(Comparator.comparingLong(Present::millis).thenComparingInt(Present::user));

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Present(int user, long millis, int[] items) {}

    NewestHistories(int most) {
        this.most = most;
    }

    void add(int user, UserRow row) {
        int count = row.historyCount();
        if (count == 0) {
            return;
        }
        int[] items = new int[count];
        long[] millis = new long[count];
        int _ = row.history(items, millis, new byte[count]);
        boolean isNew = newest.add(new Present(user, millis[count - 1], items));
        if (isNew && newest.size() > most) {
            newest.removeFirst();
        }
    }

    /** @throws IOException where a history names another ordinal */
    void requireItemsBelow(int count, Path file) throws IOException {
        for (Present user : newest) {
            for (int item : user.items) {
                if (item < 0 || item >= count) {
                    throw new IOException(
                            file + " has a history of item " + item + ", and " + count + " items; delete the file");
                }
            }
        }
    }

    int size() {
        return newest.size();
    }

    Set<Integer> users() {
        return newest.stream().map(Present::user).collect(Collectors.toSet());
    }

    /** In the order in which they were here. */
    void forEach(ObjIntConsumer<int[]> consumer) {
        newest.forEach(user -> consumer.accept(user.items, user.user));
    }
}
