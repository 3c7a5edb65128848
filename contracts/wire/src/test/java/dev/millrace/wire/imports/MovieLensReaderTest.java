package dev.millrace.wire.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

class MovieLensReaderTest {
    @TempDir
    private Path folder;

    @Test
    void classicLayout_withBadLines_readsTheRestAndNamesThem() throws IOException {
        Imported.write(
                folder.resolve("movies.dat"),
                StandardCharsets.ISO_8859_1,
                "1::Caf\u00e9 Noir (1995)::Drama|Comedy\nbroken\n2::No Year::(no genres listed)\r\n");
        Imported.write(folder.resolve("users.dat"), StandardCharsets.UTF_8, "7::F::25::10::48067\n");
        Imported.write(
                folder.resolve("ratings.dat"),
                StandardCharsets.UTF_8,
                "7::1::5::978300760\n7::2::x::978300761\n7::2::3::never\n\n7::2::3\n7::2::3::978300762\n");

        Imported imported = Imported.read(DatasetFormat.MOVIELENS, folder);

        Event.ItemUpserted film =
                assertInstanceOf(Event.ItemUpserted.class, imported.events().get(0));
        assertEquals("Caf\u00e9 Noir (1995)", film.item().title());
        assertEquals(List.of("Drama", "Comedy"), film.item().topics());
        assertEquals(new AttributeValue.Numeric(1995), film.item().attributes().get("year"));
        assertEquals(Instant.parse("1995-01-01T00:00:00Z"), film.item().created());
        Event.UserUpserted user =
                assertInstanceOf(Event.UserUpserted.class, imported.events().get(2));
        assertEquals(new AttributeValue.Text("F"), user.user().attributes().get("gender"));
        assertEquals(2, imported.actions().size());
        assertEquals(Instant.ofEpochSecond(978300760), imported.actions().get(0).timestamp());
        assertEquals(
                List.of("movies.dat 2", "ratings.dat 2", "ratings.dat 3", "ratings.dat 5"),
                imported.rejects().stream().map(r -> r.file() + " " + r.line()).toList());
        assertEquals("7::2::x::978300761", imported.rejects().get(1).raw());
        assertEquals("rating is 'x'; give a number", imported.rejects().get(1).reason());
        assertEquals(
                Map.of("line", 2L, "rating", 1L, "timestamp", 1L),
                imported.summary().reasons());
        assertEquals(9, imported.summary().lines());
    }

    @Test
    void csvLayout_withAndWithoutHeader_readsTheSame() throws IOException {
        Imported.write(
                folder.resolve("movies.csv.gz"),
                StandardCharsets.UTF_8,
                "movieId,title,genres\n3,\"Good, the Bad \"\"and\"\" the Ugly (1966)\",Western\n");
        Imported.write(folder.resolve("ratings.csv.gz"), StandardCharsets.UTF_8, "1,3,4.5,980730861\n");
        Imported bare = Imported.read(DatasetFormat.MOVIELENS, folder);
        Imported.write(
                folder.resolve("ratings.csv.gz"),
                StandardCharsets.UTF_8,
                "\uFEFFuserId,movieId,rating,timestamp\n1,3,4.5,980730861\n");
        Imported headed = Imported.read(DatasetFormat.MOVIELENS, folder);

        Event.ItemUpserted film =
                assertInstanceOf(Event.ItemUpserted.class, bare.events().getFirst());
        assertEquals("Good, the Bad \"and\" the Ugly (1966)", film.item().title());
        Event.Action expected = bare.actions().getFirst();
        Event.Action action = headed.actions().getFirst();
        assertEquals(4.5, action.value());
        assertEquals(expected.user(), action.user());
        assertEquals(expected.timestamp(), action.timestamp());
        assertTrue(headed.rejects().isEmpty());
    }

    @Test
    void interactionsLayout_anyColumnOrder_isFoundByName() throws IOException {
        Imported.write(
                folder.resolve("interactions.tsv"), StandardCharsets.UTF_8, "level\titem\tts\tuser\n2\t10\t100\t5\n");

        Event.Action action =
                Imported.read(DatasetFormat.MOVIELENS, folder).actions().getFirst();

        assertEquals(new UserId("5"), action.user());
        assertEquals(new ItemId("10"), action.item());
        assertEquals(ActionType.RATING, action.type());
        assertEquals(2, action.value());
    }

    @Test
    void interactionsLayout_withoutHeader_saysWhatIsMissing() throws IOException {
        Imported.write(folder.resolve("interactions.tsv"), StandardCharsets.UTF_8, "1\t2\t3\t4\n");

        UnreadableLayoutException failure =
                assertThrows(UnreadableLayoutException.class, () -> Imported.read(DatasetFormat.MOVIELENS, folder));

        assertTrue(String.valueOf(failure.getMessage()).contains("user, item, ts and level"), failure.getMessage());
    }

    @Test
    void emptyFolder_anyCase_saysWhatWasExpected() {
        NoSuchFileException failure =
                assertThrows(NoSuchFileException.class, () -> Imported.read(DatasetFormat.MOVIELENS, folder));

        assertTrue(String.valueOf(failure.getMessage()).contains("ratings.dat"), failure.getMessage());
    }

    @Test
    void sameFiles_readAgain_giveTheSameIdsAndEachIdOnce() throws IOException {
        Imported.write(
                folder.resolve("ratings.dat"), StandardCharsets.UTF_8, "7::1::5::978300760\n7::1::5::978300760\n");

        Imported first = Imported.read(DatasetFormat.MOVIELENS, folder);
        Imported second = Imported.read(DatasetFormat.MOVIELENS, folder);

        assertEquals(first.events(), second.events());
        assertEquals(2, first.events().stream().map(Event::id).distinct().count());
    }

    @Test
    void packedFile_cutOff_saysWhereAndKeepsWhatCameBefore() throws IOException {
        Path file = folder.resolve("ratings.dat.gz");
        StringBuilder content = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            content.append(i % 97)
                    .append("::")
                    .append(i * 31 % 1009)
                    .append("::4::")
                    .append(i)
                    .append('\n');
        }
        Imported.write(file, StandardCharsets.UTF_8, content.toString());
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        List<Event> before = new ArrayList<>();

        IOException failure = assertThrows(
                IOException.class,
                () -> DatasetFormat.MOVIELENS.reader().read(folder, before::add, reject -> {}, ProgressSink.none()));

        assertTrue(
                String.valueOf(failure.getMessage()).contains("damaged or cut off after line"), failure.getMessage());
        assertTrue(before.size() > 1000, "events before the cut: " + before.size());
    }

    @Test
    void line_longerThanTheBound_isRejectedAndTheNextIsRead() throws IOException {
        Imported.write(
                folder.resolve("ratings.dat"),
                StandardCharsets.UTF_8,
                "7".repeat(LineReader.MAX_LINE_CHARS + 1) + "\n7::1::5::978300760\n");

        Imported imported = Imported.read(DatasetFormat.MOVIELENS, folder);

        assertEquals(1, imported.events().size());
        assertEquals(1, imported.rejects().size());
        assertTrue(imported.rejects().getFirst().raw().length() <= 64 * 1024);
    }

    @Test
    void millionRatings_whole_haveTheKnownCountsAndSequences() throws IOException {
        Path data = RealFiles.folder("ml-1m");
        Map<Double, Integer> levels = new HashMap<>();
        Map<UserId, List<ItemId>> sequences = new LinkedHashMap<>();
        Set<ItemId> items = new HashSet<>();
        Set<EventId> ids = new HashSet<>();
        int[] catalog = new int[2];

        ImportSummary summary = DatasetFormat.MOVIELENS
                .reader()
                .read(
                        data,
                        event -> {
                            assertTrue(ids.add(event.id()), () -> event.id() + " twice");
                            switch (event) {
                                case Event.Action a -> {
                                    levels.merge(a.value(), 1, Integer::sum);
                                    items.add(a.item());
                                    sequences
                                            .computeIfAbsent(a.user(), u -> new ArrayList<>())
                                            .add(a.item());
                                }
                                case Event.ItemUpserted i -> catalog[0]++;
                                case Event.UserUpserted u -> catalog[1]++;
                                default -> throw new AssertionError(event);
                            }
                        },
                        reject -> {
                            throw new AssertionError(reject);
                        },
                        ProgressSink.none());

        assertEquals(Map.of(1.0, 163_524, 2.0, 261_021, 3.0, 575_056), levels);
        assertEquals(6_040, sequences.size());
        assertEquals(3_416, items.size());
        assertEquals(3_883, catalog[0]);
        assertEquals(6_040, catalog[1]);
        assertEquals(999_601L + 3_883 + 6_040, summary.events());
        assertEquals(sasSequences(data), renumbered(sequences));
    }

    @Test
    void latestSmall_whole_hasTheKnownCounts() throws IOException {
        Imported imported = Imported.read(DatasetFormat.MOVIELENS, RealFiles.folder("ml-latest-small"));

        assertEquals(100_023, imported.actions().size());
        assertEquals(8_570, imported.events().size() - imported.actions().size());
        assertTrue(imported.rejects().isEmpty(), () -> imported.rejects().toString());
    }

    @Test
    void progress_overAnImport_growsToTheWhole() throws IOException {
        Path data = RealFiles.folder("ml-latest-small");
        List<ProgressSink.Progress> progress =
                Imported.read(DatasetFormat.MOVIELENS, data).progress();

        for (int i = 1; i < progress.size(); i++) {
            assertTrue(progress.get(i).bytesRead() >= progress.get(i - 1).bytesRead(), "step " + i);
        }
        assertTrue(progress.size() > 20, "steps: " + progress.size());
        assertEquals(progress.getLast().bytesTotal(), progress.getLast().bytesRead());
    }

    /** Items renamed to 1, 2, … in the order of their first appearance over all users, as the SAS ids are. */
    private static List<List<Integer>> renumbered(Map<UserId, List<ItemId>> sequences) {
        Map<ItemId, Integer> numbers = new HashMap<>();
        List<List<Integer>> renumbered = new ArrayList<>();
        for (List<ItemId> sequence : sequences.values()) {
            List<Integer> line = new ArrayList<>();
            for (ItemId item : sequence) {
                line.add(numbers.computeIfAbsent(item, i -> numbers.size() + 1));
            }
            renumbered.add(line);
        }
        return renumbered;
    }

    private static List<List<Integer>> sasSequences(Path data) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        List<List<Integer>> sequences = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(data.resolve("sequences_sas_ids.txt.gz"))),
                StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                List<Integer> sequence = new ArrayList<>();
                for (String item : line.split(" ")) {
                    sequence.add(numbers.computeIfAbsent(item, i -> numbers.size() + 1));
                }
                sequences.add(sequence);
            }
        }
        return sequences;
    }
}
