package dev.millrace.eventlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Clock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.ErasureReceipt;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.testkit.EventGenerator;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

class EncryptedEventLogTest extends EventLogContract {
    private static final MasterKey MASTER_KEY = MasterKey.parse("5a".repeat(32));
    private static final List<KeyWrapper> MASTER = List.of(MASTER_KEY);
    /** Small segments, so that tests see many of them. */
    private static final EventLogConfig SEGMENTS = new EventLogConfig(
            4096, Duration.ZERO, 100_000, 65_536, 1 << 20, Long.MAX_VALUE, EventLogConfig.KEEP_FOREVER);

    private static final Instant NOON = Instant.ofEpochSecond(1_780_000_000);

    @TempDir
    Path directory;

    @TempDir
    Path keyDirectory;

    private KeyTable keys;

    @BeforeEach
    void openKeys() throws IOException {
        keys = KeyTable.open(keyDirectory, MASTER, Clock.system());
    }

    @AfterEach
    void closeKeys() throws IOException {
        keys.close();
    }

    @Override
    EventLog open() {
        return open(keys);
    }

    private SegmentEventLog open(KeyTable table) {
        return SegmentEventLog.open(directory, SEGMENTS, new EventCipher(table), 0);
    }

    private ReadableEventLog readOnly(Path ofKeys) {
        return SegmentEventLog.openReadOnly(directory, new KeyConfig(ofKeys, MASTER_KEY, ofKeys, false));
    }

    @Test
    void events_ofUsers_leaveNothingPlainOnDisk() throws Exception {
        List<Event> events = List.of(
                new Event.Action(
                        new EventId("eventPLAIN"),
                        NOON,
                        new UserId("userPLAIN"),
                        new ItemId("itemPLAIN"),
                        ActionType.CLICK,
                        1,
                        new RecommendationId("slatePLAIN")),
                new Event.UserUpserted(
                        new EventId("profilePLAIN"),
                        NOON,
                        new User(new UserId("userPLAIN"), Map.of("cityPLAIN", new AttributeValue.Text("bernPLAIN")))),
                new Event.SlateServed(
                        new EventId("servedPLAIN"),
                        NOON,
                        new UserId("otherPLAIN"),
                        new RecommendationId("shownPLAIN"),
                        "armPLAIN",
                        "modelPLAIN",
                        List.of(new Event.SlateEntry(new ItemId("placePLAIN"), 1, 1, "sourcePLAIN"))));
        Event catalogue = new Event.ItemUpserted(
                new EventId("catalogue"),
                NOON,
                new Item(new ItemId("visible"), "a title", List.of(), Map.of(), NOON, true));
        try (EventLog log = open()) {
            log.appendAll(events).get();
            log.append(catalogue).get();
            assertEquals(3, readAll(log, 0).indexOf(catalogue));
            assertEquals(events, readAll(log, 0).subList(0, 3));
        }
        assertFalse(contains(directory, "PLAIN"), "something of a user is on disk in the clear");
        assertFalse(contains(keyDirectory, "PLAIN"), "a user's id is in the key table in the clear");
        assertTrue(contains(directory, "visible"), "the search must find what is not encrypted");
    }

    @Test
    void dropOfAKey_withholdsItsEventsAndNoOthers() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("dropOfAKey"));
        List<Event> events = events(generator, 2_000);
        Set<UserId> erased = new HashSet<>();
        for (Event event : events.subList(0, 100)) {
            UserId user = EventCipher.userOf(event);
            if (user != null) {
                erased.add(user);
            }
        }
        try (EventLog log = open()) {
            log.appendAll(events).get();
            erased.forEach(this::drop);
            requireWithheld(events, erased, log);
        }
        try (EventLog log = open();
                ReadableEventLog other = readOnly(keyDirectory)) {
            requireWithheld(events, erased, log);
            requireWithheld(events, erased, other);
            keys.compact();
            requireWithheld(events, erased, log);
            assertTrue(log.append(events.getLast()).get().duplicate(), "ids are known whoever was erased");
        }
        deleteIdFiles();
        try (EventLog log = open();
                ReadableEventLog other = readOnly(keyDirectory)) {
            requireWithheld(events, erased, log);
            requireWithheld(events, erased, other);
            Event known = events.get(events.size() - 200);
            UserId user = EventCipher.userOf(known);
            boolean refused = user != null && erased.contains(user);
            assertEquals(!refused, log.append(known).get().duplicate());
        }
    }

    @Test
    void append_ofAnErasedUser_isRefusedUntilTheyComeBack() throws Exception {
        try (EventLog log = open()) {
            log.append(action("1", "anna")).get();
            log.append(action("2", "bert")).get();
            drop(new UserId("anna"));
            assertEquals(
                    List.of(Receipt.ERASED, new Receipt(2, false)),
                    log.appendAll(List.of(action("3", "anna"), action("4", "bert")))
                            .get());
            assertEquals(3, log.end());
            keys.readmit(SubjectId.of("anna"));
            Event again = action("5", "anna");
            assertEquals(new Receipt(3, false), log.append(again).get());
            assertEquals(List.of(action("2", "bert"), action("4", "bert"), again), readable(log));
            assertEquals(List.of("0 ERASED"), withheld(log));
        }
    }

    @Test
    void logOfBefore_staysReadable_andIsErasedForWhoeverWasDroppedOnce() throws Exception {
        EventGenerator generator = new EventGenerator(Seed.random("logOfBefore"));
        List<Event> events = events(generator, 300);
        try (EventLog log = SegmentEventLog.open(directory, SegmentEventLogTest.SMALL)) {
            log.appendAll(events).get();
            log.append(action("old", "anna")).get();
        }
        List<Event> all = new ArrayList<>(events);
        all.add(action("old", "anna"));
        try (EventLog log = open()) {
            assertEquals(
                    all.stream()
                            .map(EventCipher::userOf)
                            .filter(user -> user != null)
                            .distinct()
                            .count(),
                    keys.report().people(),
                    "users of before have keys");
            assertEquals(all, readAll(log, 0));
            assertTrue(log.append(action("old", "anna")).get().duplicate());
            log.append(action("new", "anna")).get();
            drop(new UserId("anna"));
            assertEquals(events, readable(log));
            assertEquals(List.of("300 ERASED", "301 ERASED"), withheld(log));
            keys.readmit(SubjectId.of("anna"));
            assertEquals(events, readable(log));
        }
        MillraceException refused =
                assertThrows(MillraceException.class, () -> SegmentEventLog.open(directory, SegmentEventLogTest.SMALL));
        assertTrue(String.valueOf(refused.getMessage()).contains("open it with its key table"), refused::getMessage);
        try (ReadableEventLog keyless = SegmentEventLog.openReadOnly(directory)) {
            MillraceException unreadable = assertThrows(MillraceException.class, () -> readAll(keyless, 0));
            assertTrue(String.valueOf(unreadable.getMessage()).contains("event 301"), unreadable::getMessage);
        }
    }

    @Test
    void open_withTheKeysOfAnotherLog_isRefused() throws Exception {
        try (EventLog log = open()) {
            log.append(action("1", "anna")).get();
        }
        try (KeyTable others = KeyTable.open(keyDirectory.resolve("others"), MASTER, Clock.system())) {
            MillraceException refused = assertThrows(MillraceException.class, () -> open(others));
            assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
            assertTrue(String.valueOf(refused.getMessage()).contains(others.id()), refused::getMessage);
            assertThrows(MillraceException.class, () -> readOnly(keyDirectory.resolve("others")));
        }
    }

    @Test
    void appends_ofNewUsersTogether_shareTheKeysOfAGroup() throws Exception {
        List<CompletableFuture<List<Receipt>>> open = new ArrayList<>();
        try (EventLog log = open()) {
            for (int i = 0; i < 300; i++) {
                open.add(log.appendAll(List.of(action("a" + i, "new" + i), action("b" + i, "new" + i % 7))));
            }
            for (int i = 0; i < open.size(); i++) {
                assertEquals(2 * i, open.get(i).get().getFirst().offset());
            }
            assertEquals(600, readAll(log, 0).size());
        }
        assertEquals(300, keys.report().records());
    }

    @Test
    void keyTable_putBackFromAnOlderCopy_isToldWhereAKeyIsMissing() throws Exception {
        keys.admit(SubjectId.of("bert"));
        keys.close();
        Path copy = keyDirectory.resolveSibling(keyDirectory.getFileName() + "-copy");
        copyFiles(keyDirectory, copy);
        keys = KeyTable.open(keyDirectory, MASTER, Clock.system());
        try (EventLog log = open()) {
            log.append(action("1", "anna")).get();
        }
        try (ReadableEventLog log = readOnly(copy)) {
            MillraceException refused = assertThrows(MillraceException.class, () -> readAll(log, 0));
            assertTrue(String.valueOf(refused.getMessage()).contains("older copy"), refused::getMessage);
        }
    }

    @Test
    void readOnlyKeys_seeWhatComesWhileTheyAreOpen() throws Exception {
        try (EventLog log = open();
                KeyTable seen = KeyTable.openReadOnly(keyDirectory, MASTER);
                ReadableEventLog other = readOnly(keyDirectory)) {
            log.append(action("1", "anna")).get();
            log.append(action("2", "bert")).get();
            assertEquals(List.of(action("1", "anna"), action("2", "bert")), readAll(other, 0));
            log.append(action("3", "carl")).get();
            drop(new UserId("carl"));
            keys.compact();
            assertEquals(List.of("2 ERASED"), withheld(other));
            assertThrows(MillraceException.class, () -> seen.admit(SubjectId.of("dora")));
        }
    }

    /** A key table and a segment with two encrypted events and a plain one, not made by Millrace. */
    @Test
    void segmentOfVersionTwo_isRead() throws Exception {
        String[] parts = EventCodecTest.resource("/segment-v2.hex").strip().split("\n");
        keys.close();
        Path oldKeys = Files.createDirectory(keyDirectory.resolve("old"));
        Files.write(
                oldKeys.resolve("keys-00000000000000000001.table"),
                HexFormat.of().parseHex(parts[0]));
        Files.write(directory.resolve(SegmentFormat.fileName(0)), HexFormat.of().parseHex(parts[1]));
        Files.writeString(directory.resolve(KeyBinding.FILE), parts[2] + "\n");
        keys = KeyTable.open(oldKeys, MASTER, Clock.system());
        List<Event> events =
                List.of(action("1", "anna"), action("a longer id than sixteen", "bert"), action("3", "carl"));
        try (EventLog log = open()) {
            assertEquals(events, readAll(log, 0));
            assertEquals(new Receipt(1, true), log.append(events.get(1)).get());
            drop(new UserId("bert"));
            assertEquals(List.of(events.get(0), events.get(2)), readable(log));
        }
    }

    private static void copyFiles(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private void drop(UserId user) {
        ErasureReceipt receipt = keys.drop(SubjectId.of(user.value()));
        assertTrue(receipt.hadKey());
    }

    private static Event action(String id, String user) {
        return new Event.Action(new EventId(id), NOON, new UserId(user), new ItemId("item"), ActionType.CLICK, 1, null);
    }

    private static void requireWithheld(List<Event> events, Set<UserId> erased, ReadableEventLog log) {
        List<Event> left = events.stream()
                .filter(event -> !erased.contains(EventCipher.userOf(event)))
                .toList();
        assertEquals(left, readable(log));
        assertEquals(events.size() - left.size(), withheld(log).size());
    }

    private static List<Event> readable(ReadableEventLog log) {
        List<Event> events = new ArrayList<>();
        try (LogReader reader = log.read(0)) {
            while (reader.poll((offset, event) -> events.add(event), 100) > 0) {
                // Reads on.
            }
        }
        return events;
    }

    private static List<String> withheld(ReadableEventLog log) {
        List<String> seen = new ArrayList<>();
        EventConsumer consumer = new EventConsumer() {
            @Override
            public void accept(long offset, Event event) {}

            @Override
            public void withheld(long offset, Withheld why) {
                seen.add(offset + " " + why);
            }
        };
        try (LogReader reader = log.read(log.begin())) {
            while (reader.poll(consumer, 100) > 0) {
                // Reads on.
            }
            assertEquals(log.end(), reader.offset());
        }
        return seen;
    }

    private void deleteIdFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(IdFile.SUFFIX)).toList()) {
                Files.delete(file);
            }
        }
    }

    private static boolean contains(Path directory, String text) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }
}
