package dev.millrace.features.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

/** Rooms for rows of people, used again for those of others. */
final class WordRoomTest {
    private final WordRoom room = new WordRoom(4);

    @Test
    void shorterRow_leavesNothingOfALongerOneBehindIt() {
        room.take(new long[] {1, 2, 3, 4});
        room.take(new long[] {5, 6});
        assertArrayEquals(new long[] {5, 6, 0, 0, 0}, room.words());
        room.size(1);
        assertArrayEquals(new long[] {5, 0, 0, 0, 0}, room.words());
        room.size(0);
        assertArrayEquals(new long[5], room.words());
    }

    @Test
    void clearedRoom_holdsNothing_alsoBehindItsRow() {
        room.take(new long[] {1, 2});
        room.words()[3] = 9;
        room.clear();
        assertArrayEquals(new long[5], room.words());
        assertEquals(0, room.size());
    }

    @Test
    void copy_leavesNothingOfALongerRowBehindIt() {
        RowCopy copy = new RowCopy();
        room.take(new long[] {1, 2, 3, 4});
        copy.take(room);
        room.take(new long[] {5, 6});
        copy.take(room);
        assertArrayEquals(new long[] {5, 6, 0, 0}, words(copy));
        WordRoom other = new WordRoom(4);
        other.take(new long[] {7, 7, 7, 7});
        copy.giveTo(other);
        assertArrayEquals(new long[] {5, 6, 0, 0, 0}, other.words());
        assertEquals(2, other.size());
        copy.clear();
        assertArrayEquals(new long[4], words(copy));
        assertEquals(0, copy.size());
    }

    private static long[] words(RowCopy copy) {
        return copy.memory().asSlice(0, 4 * Long.BYTES).toArray(ValueLayout.JAVA_LONG);
    }
}
