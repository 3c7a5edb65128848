package dev.millrace.storage.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class RecentChangesTest {
    private final RecentChanges changes = new RecentChanges();

    private record Change(int table, long key, long place) {}

    private void add(long count) {
        for (long i = 0; i < count; i++) {
            long number = changes.count();
            changes.add((int) (number % 3), number, number % 5 == 0 ? -1 : 2 * number);
        }
    }

    /** Each change says its own number. */
    private void requireRange(long from, long until) {
        RecentChanges.Range range = changes.between(from, until);
        assertNotNull(range, from + " to " + until);
        assertEquals(until - from, range.count());
        List<Change> seen = new ArrayList<>();
        range.forEach((table, key, place) -> seen.add(new Change(table, key, place)));
        assertEquals(until - from, seen.size());
        for (long number = from; number < until; number++) {
            Change expected = new Change((int) (number % 3), number, number % 5 == 0 ? -1 : 2 * number);
            assertEquals(expected, seen.get((int) (number - from)));
        }
    }

    @Test
    void between_anyTwo_givesWhatCameBetweenInItsOrder() {
        add(2 * RecentChanges.CHUNK + 100);
        requireRange(0, changes.count());
        requireRange(0, 0);
        requireRange(RecentChanges.CHUNK - 1, RecentChanges.CHUNK + 1);
        requireRange(changes.count(), changes.count());
    }

    @Test
    void forget_whatWasRead_leavesTheRestAndUsesItsRoomAgain() {
        long read = 0;
        for (int round = 0; round < 20; round++) {
            add(RecentChanges.CHUNK / 2 + 7L * round);
            requireRange(read, changes.count());
            read = changes.count();
            changes.forget(read);
        }
        assertNull(changes.between(0, read));
        requireRange(read, read);
    }

    @Test
    void add_moreThanIsKept_forgetsAllOfItAndKeepsWhatComesThen() {
        add(RecentChanges.MOST + 1L);
        assertNull(changes.between(0, changes.count()));
        assertNull(changes.between(RecentChanges.MOST - 1L, changes.count()));
        requireRange(RecentChanges.MOST, changes.count());
        add(RecentChanges.CHUNK);
        requireRange(RecentChanges.MOST, changes.count());
    }

    @Test
    void range_whileWhatItReadsIsForgottenForLackOfRoom_staysAsItWas() {
        add(RecentChanges.CHUNK);
        RecentChanges.Range range = changes.between(0, changes.count());
        assertNotNull(range);
        add(2L * RecentChanges.MOST);
        List<Long> keys = new ArrayList<>();
        range.forEach((_, key, _) -> keys.add(key));
        assertEquals(RecentChanges.CHUNK, keys.size());
        assertEquals(0, keys.getFirst());
        assertEquals(RecentChanges.CHUNK - 1, keys.getLast());
    }
}
