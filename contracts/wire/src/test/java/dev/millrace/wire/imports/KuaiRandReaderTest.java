package dev.millrace.wire.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

class KuaiRandReaderTest {
    @TempDir
    private Path folder;

    @Test
    void folder_ofAllFiles_givesCatalogHistoriesAndFeedback() throws IOException {
        write("video_features.csv", """
                video_id,author_id,upload_dt,video_duration,tag,show_cnt
                5,77,2022-04-10,9233.0,"39,12",666.7
                6,77,2022-04-31,,unknown,1
                """);
        write("user_features.csv.gz", """
                user_id,user_active_degree,follow_user_num,friend_user_num_range,onehot_feat0
                1,full_active,514,"[30,60)",
                """);
        write("user_history_to_20220424.tsv", """
                user_id\thistory_len\tlast_time_ms\twatch_seq\tlike_seq\tlong_watch_seq
                1\t3\t1650615878629\t5 8 9\t9\t5
                """);
        write("events_a.csv", """
                user_id,video_id,time_ms,is_click,long_view,is_like,is_follow,is_comment,is_forward,is_hate,play_time_ms
                1,5,1650812741436,1,1,0,0,1,0,0,61802
                1,6,1650812741999,0,0,0,0,0,0,1,0
                1,6,soon,0,0,0,0,0,0,1,0
                """);

        Imported imported = Imported.read(DatasetFormat.KUAIRAND, folder);

        Event.ItemUpserted video =
                assertInstanceOf(Event.ItemUpserted.class, imported.events().get(0));
        assertEquals(List.of("tag 39", "tag 12"), video.item().topics());
        assertEquals(
                Map.of(
                        "author_id", new AttributeValue.Text("77"),
                        "duration_seconds", new AttributeValue.Numeric(9.233)),
                video.item().attributes());
        assertEquals(Instant.parse("2022-04-09T16:00:00Z"), video.item().created());
        Event.UserUpserted user =
                assertInstanceOf(Event.UserUpserted.class, imported.events().get(1));
        assertEquals(
                Map.of(
                        "user_active_degree", new AttributeValue.Text("full_active"),
                        "friend_user_num_range", new AttributeValue.Text("[30,60)")),
                user.user().attributes());
        assertEquals(
                List.of(
                        "5 LONG_VIEW 1.0",
                        "8 CLICK 1.0",
                        "9 LIKE 1.0",
                        "5 IMPRESSION 1.0",
                        "5 CLICK 1.0",
                        "5 LONG_VIEW 61.802",
                        "5 COMMENT 1.0",
                        "6 IMPRESSION 1.0",
                        "6 COMPLAINT 1.0"),
                imported.actions().stream()
                        .map(a -> a.item() + " " + a.type() + " " + a.value())
                        .toList());
        assertEquals(
                Instant.ofEpochMilli(1650615878629L).minusSeconds(120),
                imported.actions().getFirst().timestamp());
        assertEquals(
                List.of("video_features.csv 3", "events_a.csv 4"),
                imported.rejects().stream().map(r -> r.file() + " " + r.line()).toList());
    }

    @Test
    void folder_withoutImpressions_saysWhatWasExpected() throws IOException {
        write("user_features.csv", "user_id\n1\n");

        NoSuchFileException failure =
                assertThrows(NoSuchFileException.class, () -> Imported.read(DatasetFormat.KUAIRAND, folder));

        assertTrue(String.valueOf(failure.getMessage()).contains("events_*.csv"), failure.getMessage());
    }

    @Test
    void header_withoutANeededColumn_saysWhich() throws IOException {
        write("events_a.csv", "user_id,time_ms\n1,2\n");

        UnreadableLayoutException failure =
                assertThrows(UnreadableLayoutException.class, () -> Imported.read(DatasetFormat.KUAIRAND, folder));

        assertTrue(String.valueOf(failure.getMessage()).contains("'video_id'"), failure.getMessage());
    }

    @Test
    void kuaiRandPure_whole_hasTheKnownCounts() throws IOException {
        Map<ActionType, Integer> impressed = new EnumMap<>(ActionType.class);
        Map<ActionType, Integer> earlier = new EnumMap<>(ActionType.class);
        int[] catalog = new int[2];
        ImportSummary summary = DatasetFormat.KUAIRAND
                .reader()
                .read(
                        RealFiles.folder("kuairand-pure"),
                        event -> {
                            switch (event) {
                                case Event.Action a ->
                                    (a.id().value().startsWith("user_history") ? earlier : impressed)
                                            .merge(a.type(), 1, Integer::sum);
                                case Event.ItemUpserted i -> catalog[0]++;
                                case Event.UserUpserted u -> catalog[1]++;
                                default -> throw new AssertionError(event);
                            }
                        },
                        reject -> {
                            throw new AssertionError(reject);
                        },
                        ProgressSink.none());

        assertEquals(228_329, impressed.get(ActionType.IMPRESSION));
        assertEquals(0.442, impressed.getOrDefault(ActionType.CLICK, 0) / 228_329.0, 0.0005);
        assertEquals(0.311, impressed.getOrDefault(ActionType.LONG_VIEW, 0) / 228_329.0, 0.0005);
        assertEquals(0.017, impressed.getOrDefault(ActionType.LIKE, 0) / 228_329.0, 0.0005);
        assertEquals(817_187, earlier.values().stream().mapToInt(i -> i).sum());
        assertFalse(earlier.containsKey(ActionType.IMPRESSION));
        assertEquals(7_583, catalog[0]);
        assertEquals(27_285, catalog[1]);
        assertEquals(0, summary.rejected());
    }

    private void write(String name, String content) throws IOException {
        Imported.write(folder.resolve(name), StandardCharsets.UTF_8, content);
    }
}
