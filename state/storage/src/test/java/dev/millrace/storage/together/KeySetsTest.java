package dev.millrace.storage.together;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;

/** What is kept of sets of keys, and what of a file of them is refused. */
class KeySetsTest {
    @TempDir
    private Path directory;

    @Test
    void file_ofSets_isReadLineByLine() throws IOException {
        KeySets sets = read("# candidates\n7 8\t7  -9\n\n5\n9223372036854775807 8\n");
        assertEquals(5, sets.keys());
        assertEquals(7, sets.key(0));
        assertEquals(-9, sets.key(2));
        assertEquals(5, sets.key(3));
        assertEquals(Long.MAX_VALUE, sets.key(4));
        assertEquals(2, sets.sets(), "a key alone is no set");
        assertEquals(5, sets.pins(), "a key counts once in a set");
    }

    @Test
    void file_withSomethingElse_isRefusedByLine() {
        IOException word = assertThrows(IOException.class, () -> read("1 2\n3 four 5\n"));
        assertTrue(word.getMessage().contains("sets.txt, line 2: 'four' is not a key"), word.getMessage());
        IOException large = assertThrows(IOException.class, () -> read("1 9223372036854775808\n"));
        assertTrue(large.getMessage().contains("line 1: '9223372036854775808' is not a key"), large.getMessage());
        String many = String.join(
                " ", LongStream.rangeClosed(0, 65_536).mapToObj(Long::toString).toList());
        IOException over = assertThrows(IOException.class, () -> read(many + "\n"));
        assertTrue(over.getMessage().contains("over the limit of 65536"), over.getMessage());
    }

    @Test
    void only_someKeys_keepsTheirOrderAndTheirSets() {
        KeySets.Builder builder = new KeySets.Builder();
        builder.add(new long[] {1, 2, 3}, 3);
        builder.add(new long[] {4, 1}, 2);
        builder.add(new long[] {5, 3, 4}, 3);
        KeySets odd = builder.build().only(key -> key % 2 == 1);
        assertEquals(3, odd.keys());
        assertEquals(1, odd.key(0));
        assertEquals(3, odd.key(1));
        assertEquals(5, odd.key(2));
        assertEquals(2, odd.sets());
        assertEquals(4, odd.pins());
    }

    @Test
    void keys_aboveTheLimit_areRefusedThoughEachIsAlone() {
        KeySets.Builder builder = new KeySets.Builder(4);
        for (long key = 0; key < 4; key++) {
            builder.add(new long[] {key}, 1);
        }
        builder.add(new long[] {2, 3}, 2);
        IllegalArgumentException over =
                assertThrows(IllegalArgumentException.class, () -> builder.add(new long[] {4}, 1));
        assertTrue(over.getMessage().contains("more than 4 different keys"), over.getMessage());
        assertEquals(4, builder.build().keys());
    }

    private KeySets read(String text) throws IOException {
        Path file = directory.resolve("sets.txt");
        Files.writeString(file, text);
        return KeySetFile.read(file);
    }
}
