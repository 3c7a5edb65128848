package dev.millrace.wire.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.RecommendationId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;

class CsvAndJsonReaderTest {
    @TempDir
    private Path folder;

    @Test
    void csvEvents_everyColumnAndKindOfTime_areRead() throws IOException {
        Path file = write(
                "any name.csv.gz",
                "item_id,userId,type,timestamp,value,eventId,recommendationId\r\n"
                        + "a,u,click,1700000000,,,\r\nb,u,RATING,1700000000123,4.5,e-7,r-1\r\n\"c,d\",u,long_view,"
                        + "2026-01-31T13:00:00+01:00,30,,\r\n");

        List<Event.Action> actions = Imported.read(DatasetFormat.CSV, file).actions();

        assertEquals(ActionType.CLICK, actions.get(0).type());
        assertEquals(1, actions.get(0).value());
        assertEquals(Instant.ofEpochSecond(1700000000), actions.get(0).timestamp());
        assertEquals(Instant.ofEpochMilli(1700000000123L), actions.get(1).timestamp());
        assertEquals(new EventId("e-7"), actions.get(1).id());
        assertEquals(new RecommendationId("r-1"), actions.get(1).recommendation());
        assertEquals("c,d", actions.get(2).item().value());
        assertEquals(Instant.parse("2026-01-31T12:00:00Z"), actions.get(2).timestamp());
    }

    @Test
    void csvEvents_withSemicolonsOrTabs_areReadAsTheHeaderSays() throws IOException {
        for (String separator : List.of(";", "\t")) {
            Path file = write(
                    "events.csv",
                    "user;item;type;timestamp;value\nu;\"a;b\";click;1700000000;\nu;c,d;rating;1700000000;4.5\n"
                            .replace(";", separator));

            List<Event.Action> actions = Imported.read(DatasetFormat.CSV, file).actions();

            // A tab is no character of an id.
            assertEquals(separator.equals(";") ? 2 : 1, actions.size());
            assertEquals("c,d", actions.getLast().item().value());
            assertEquals(4.5, actions.getLast().value());
        }
    }

    @Test
    void csvHeader_withAnotherSeparator_isNamedWithThoseThatAreKnown() throws IOException {
        Path file = write("events.csv", "user|item|timestamp\nu|a|5\n");

        UnreadableLayoutException refused =
                assertThrows(UnreadableLayoutException.class, () -> Imported.read(DatasetFormat.CSV, file));

        assertTrue(String.valueOf(refused.getMessage()).contains("commas, semicolons or tabs"), refused::getMessage);
        assertTrue(String.valueOf(refused.getMessage()).contains("user|item|timestamp"), refused::getMessage);
    }

    @Test
    void whatAServerWouldRefuse_isRefusedInAnImportToo() throws IOException {
        Path csv = write(
                "events.csv",
                "user,item,timestamp,value\nu,..,5,1\na/../b,i,5,1\nu,i,5,1e308\nu,i,5,-1e9\nu,good,5,1\n");
        Imported imported = Imported.read(DatasetFormat.CSV, csv);
        assertEquals(
                List.of("item", "user", "value"),
                imported.rejects().stream()
                        .map(reject -> reject.reason().split(" ", 2)[0])
                        .toList());
        assertEquals(2, imported.actions().size());
        Path lines = write("items.jsonl", "{\"id\":\"..\",\"title\":\"x\"}\n{\"id\":\"a\",\"title\":\"x\"}\n");
        assertEquals(1, Imported.read(DatasetFormat.JSONL, lines).events().size());
    }

    @Test
    void csvEvents_timesInMicroseconds_areRejectedOneByOne() throws IOException {
        Path file = write("events.csv", "user,item,timestamp,type\nu,a,1700000000123456,click\nu,b,1700000000,click\n");

        Imported imported = Imported.read(DatasetFormat.CSV, file);

        assertEquals(1, imported.actions().size());
        assertTrue(imported.rejects().getFirst().reason().contains("a day ahead"));
    }

    @Test
    void csvFolder_itemsUsersAndEvents_comeInThisOrder() throws IOException {
        write("events.csv", "user,item,timestamp,rating\nu,a,5,3\n");
        write(
                "items.csv",
                "id,title,topics,created,available,year,lang\na,\"A, B\",x|y,1970-01-02T00:00:00Z,no,1994,en\n");
        write("users.csv", "id,age\nu,30\n");

        Imported imported = Imported.read(DatasetFormat.CSV, folder);

        Event.ItemUpserted item =
                assertInstanceOf(Event.ItemUpserted.class, imported.events().get(0));
        assertEquals("A, B", item.item().title());
        assertEquals(List.of("x", "y"), item.item().topics());
        assertEquals(false, item.item().available());
        assertEquals(
                Map.of("year", new AttributeValue.Numeric(1994), "lang", new AttributeValue.Text("en")),
                item.item().attributes());
        Event.UserUpserted user =
                assertInstanceOf(Event.UserUpserted.class, imported.events().get(1));
        assertEquals(new AttributeValue.Numeric(30), user.user().attributes().get("age"));
        assertEquals(ActionType.RATING, imported.actions().getFirst().type());
    }

    @Test
    void csvLines_thatCannotBeRead_areKeptWithTheirReason() throws IOException {
        Path file = write("e.csv", """
                user,item,type,timestamp
                u,a,stare,5
                u,,click,5
                u,a,click
                u,a,click,tomorrow
                u,"a,click,5
                u,a,click,99999999999999999999
                u,a,click,6
                """);

        Imported imported = Imported.read(DatasetFormat.CSV, file);

        assertEquals(1, imported.events().size());
        assertEquals(
                List.of(2L, 3L, 4L, 5L, 6L, 7L),
                imported.rejects().stream().map(RejectSink.Reject::line).toList());
        assertTrue(imported.rejects().get(0).reason().startsWith("type is 'stare'"));
        assertEquals(6, imported.summary().rejected());
    }

    @Test
    void jsonLines_eventsItemsAndUsers_areRead() throws IOException {
        Path file = write("dump.jsonl", """
                {"eventId":"e1","user":"u","item":"a","type":"click","timestamp":"2026-01-31T12:00:00Z"}
                {"user":"u","items":["a","b"],"type":"impression","timestamp":1700000000123,"recommendationId":"r"}
                {"item":{"id":"a","title":"A","topics":["x"],"attributes":{"year":1994,"new":true,"langs":["en"]}}}
                {"user":{"id":"u","attributes":{"lang":"de"}}}
                {"id":"b","title":"B"}
                """);

        Imported imported = Imported.read(DatasetFormat.JSONL, file);

        assertEquals(List.of(), imported.rejects());
        assertEquals(6, imported.events().size());
        assertEquals(new EventId("e1"), imported.actions().get(0).id());
        assertTrue(imported.actions().get(2).id().value().endsWith("#1"));
        assertEquals(new RecommendationId("r"), imported.actions().get(2).recommendation());
        Event.ItemUpserted item =
                assertInstanceOf(Event.ItemUpserted.class, imported.events().get(3));
        assertEquals(new AttributeValue.Flag(true), item.item().attributes().get("new"));
        assertInstanceOf(Event.UserUpserted.class, imported.events().get(4));
        assertInstanceOf(Event.ItemUpserted.class, imported.events().get(5));
    }

    @Test
    void jsonLines_thatCannotBeRead_areKeptWithTheirReason() throws IOException {
        Path file = write("events.jsonl", """
                {"user":"u","item":"a","type":"click"}
                {"user":"u","item":"a","type":"click","timestamp":5,"colour":"red"}
                [1,2]
                {"user":"u"
                {"user":"u","item":" a","type":"click","timestamp":5}
                {"user":"u","type":"click","timestamp":5}
                {"id":"x","attributes":{"deep":{"a":1}}}
                {"user":"u","item":"a","type":"click","timestamp":5}
                """);

        Imported imported = Imported.read(DatasetFormat.JSONL, file);

        assertEquals(1, imported.events().size(), () -> imported.rejects().toString());
        assertEquals(7, imported.rejects().size());
        assertTrue(imported.rejects().get(0).reason().contains("timestamp is missing"));
        assertTrue(
                imported.rejects().get(1).reason().contains("colour"),
                imported.rejects().get(1).reason());
    }

    @Test
    void randomBytes_anyFormat_neverStopTheImport() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] bytes = new byte[random.nextInt(2000)];
            random.nextBytes(bytes);
            Path csv = folder.resolve("garbage.csv");
            Files.writeString(csv, "user,item,type,timestamp\nu,a,click,5\n");
            Files.write(csv, bytes, java.nio.file.StandardOpenOption.APPEND);
            Path json = folder.resolve("garbage.jsonl");
            Files.write(json, bytes);

            Imported fromCsv = Imported.read(DatasetFormat.CSV, csv);
            Imported fromJson = Imported.read(DatasetFormat.JSONL, json);

            assertEquals(1, fromCsv.events().size(), "seed " + seed);
            assertEquals(fromJson.summary().lines(), fromJson.summary().rejected(), "seed " + seed);
        }
    }

    @Test
    void formatNames_knownAndUnknown_areToldApart() {
        for (DatasetFormat format : DatasetFormat.values()) {
            assertSame(format, DatasetFormat.ofName(format.formatName()));
        }
        assertThrows(InvalidValueException.class, () -> DatasetFormat.ofName("parquet"));
        assertThrows(NoSuchFileException.class, () -> Imported.read(DatasetFormat.CSV, folder));
    }

    private Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Imported.write(file, StandardCharsets.UTF_8, content);
        return file;
    }
}
