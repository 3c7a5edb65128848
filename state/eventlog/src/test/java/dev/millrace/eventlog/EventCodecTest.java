package dev.millrace.eventlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.testkit.EventGenerator;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

class EventCodecTest {
    /** One event of each kind, as the golden file holds them. */
    static final List<Event> GOLDEN = List.of(
            new Event.Action(
                    new EventId("click-1"),
                    Instant.parse("2026-02-03T04:05:06.789Z"),
                    new UserId("ann"),
                    new ItemId("matrix"),
                    ActionType.CLICK,
                    1.5,
                    new RecommendationId("rec-1")),
            new Event.ItemUpserted(
                    new EventId("item-1"),
                    Instant.EPOCH,
                    new Item(
                            new ItemId("amélie"),
                            "Le fabuleux destin",
                            List.of("Comedy", "Romance"),
                            Map.of(
                                    "lang", new AttributeValue.Texts(List.of("fr")),
                                    "new", new AttributeValue.Flag(false),
                                    "rating", new AttributeValue.Text("12+"),
                                    "year", new AttributeValue.Numeric(2001)),
                            Instant.parse("2001-04-25T00:00:00Z"),
                            true)),
            new Event.ItemDeleted(new EventId("item-2"), Instant.ofEpochSecond(-1, 5), new ItemId("x")),
            new Event.UserUpserted(
                    new EventId("user-1"),
                    Instant.EPOCH,
                    new User(new UserId("bob"), Map.of("lone\uD83D", new AttributeValue.Numeric(-0.5)))),
            new Event.UserDeleted(new EventId("user-2"), Instant.EPOCH, new UserId("bob")),
            new Event.SlateServed(
                    new EventId("slate-1"),
                    Instant.EPOCH,
                    new UserId("ann"),
                    new RecommendationId("rec-1"),
                    "home",
                    "m7",
                    List.of(new Event.SlateEntry(new ItemId("matrix"), 0.25f, 0.5f, "vector"))),
            new Event.SlateServed(
                    new EventId("slate-2"),
                    Instant.EPOCH,
                    new UserId("ann"),
                    new RecommendationId("rec-2"),
                    "home",
                    "m7+r1",
                    List.of(
                            new Event.SlateEntry(new ItemId("matrix"), 0.25f, 0.5f, "vector", foretold(0.5f, 0.125f)),
                            new Event.SlateEntry(new ItemId("amélie"), 0, 1, "topics", foretold(0.25f, 0)))));

    private static FloatMap foretold(float click, float like) {
        return FloatMap.of(new String[] {"click", "like"}, new float[] {click, like});
    }

    @Test
    void slate_whoseEntriesForetellDifferentActions_isRefused() {
        List<Event.SlateEntry> entries = List.of(
                new Event.SlateEntry(new ItemId("a"), 0, 1, "topics", foretold(0.5f, 0.5f)),
                new Event.SlateEntry(new ItemId("c"), 0, 1, "topics"),
                new Event.SlateEntry(
                        new ItemId("b"), 0, 1, "topics", FloatMap.of(new String[] {"like"}, new float[] {1})));
        RecommendationId recommendation = new RecommendationId("r");
        UserId user = new UserId("ann");
        InvalidValueException refused = assertThrows(
                InvalidValueException.class,
                () -> new Event.SlateServed(
                        new EventId("s"), Instant.EPOCH, user, recommendation, "home", "m", entries));
        assertEquals(true, String.valueOf(refused.getMessage()).contains("of b"), refused.getMessage());
    }

    @Test
    void encode_anyEvent_decodesToTheSame() {
        EventGenerator generator = new EventGenerator(Seed.random("encode_anyEvent"));
        for (int i = 0; i < 20_000; i++) {
            Event event = generator.next();
            byte[] bytes = EventCodec.encode(event);
            assertEquals(event, EventCodec.decode(bytes, 0, bytes.length));
        }
    }

    @Test
    void encode_idsThatUtf8WouldMerge_staysApart() {
        EventGenerator generator = new EventGenerator(new Random(1));
        EventIdHash half = hashOf(generator.action(new EventId("a\uD800")));
        EventIdHash mark = hashOf(generator.action(new EventId("a?")));
        assertNotEquals(half.low, mark.low);
    }

    @Test
    void hash_ofTheSameId_doesNotDependOnTheRest() {
        EventGenerator generator = new EventGenerator(new Random(1));
        EventIdHash one = hashOf(generator.action(new EventId("same")));
        EventIdHash two = hashOf(new Event.ItemDeleted(new EventId("same"), Instant.EPOCH, new ItemId("i")));
        assertEquals(one.high, two.high);
        assertEquals(one.low, two.low);
    }

    /** The published vector of the reference implementation. */
    @Test
    void hash_ofTheReferenceText_isTheReferenceValue() {
        byte[] text = "The quick brown fox jumps over the lazy dog".getBytes(StandardCharsets.US_ASCII);
        EventIdHash hash = new EventIdHash();
        hash.of(text, 0, text.length);
        assertEquals(0xE34BBC7BBC071B6CL, hash.high);
        assertEquals(0x7A433CA9C49A9347L, hash.low);
    }

    @Test
    void decode_damagedBytes_failsCleanlyOrGivesAnEvent() {
        Random random = Seed.random("decode_damaged");
        EventGenerator generator = new EventGenerator(random);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = EventCodec.encode(generator.next());
            int length = bytes.length;
            switch (random.nextInt(3)) {
                case 0 -> bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> length = random.nextInt(length);
                default -> {
                    int from = random.nextInt(length);
                    for (int j = from; j < Math.min(length, from + 8); j++) {
                        bytes[j] = (byte) random.nextInt();
                    }
                }
            }
            decodeOrFail(bytes, length);
        }
    }

    private static void decodeOrFail(byte[] bytes, int length) {
        try {
            Event event = EventCodec.decode(bytes, 0, length);
            assertEquals(event, EventCodec.decode(EventCodec.encode(event), 0, EventCodec.encode(event).length));
        } catch (MillraceException e) {
            assertEquals(ErrorCode.STORAGE_FAILED, e.code());
        }
    }

    @Test
    void decode_unknownVersion_namesIt() {
        byte[] bytes = EventCodec.encode(GOLDEN.getFirst());
        bytes[0] = 9;
        MillraceException failure =
                assertThrows(MillraceException.class, () -> EventCodec.decode(bytes, 0, bytes.length));
        assertEquals(true, String.valueOf(failure.getMessage()).contains("version 9"));
    }

    @Test
    void golden_eventsOfTheFirstVersion_areReadAndWrittenTheSame() throws IOException {
        List<Event> read = new ArrayList<>();
        List<String> lines = resource("/events-v1.hex").lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            byte[] bytes = HexFormat.of().parseHex(lines.get(i));
            read.add(EventCodec.decode(bytes, 0, bytes.length));
            assertArrayEquals(bytes, EventCodec.encode(GOLDEN.get(i)));
        }
        assertEquals(GOLDEN, read);
    }

    static String resource(String name) throws IOException {
        try (InputStream in = EventCodecTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static EventIdHash hashOf(Event event) {
        byte[] bytes = EventCodec.encode(event);
        EventIdHash hash = new EventIdHash();
        hash.ofEvent(bytes, 0, bytes.length);
        return hash;
    }
}
