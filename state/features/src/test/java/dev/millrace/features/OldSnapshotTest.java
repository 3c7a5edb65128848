package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.MemoryTables;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.storage.cipher.MasterKey;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Snapshots of other versions: the rows that they held move into the store; a whole one is read. */
final class OldSnapshotTest {
    private static final Instant START = Instant.ofEpochSecond(1_760_000_000L);
    private static final long NOW = START.plusSeconds(100_000).toEpochMilli();
    /** In the file; what comes behind is in the log. */
    private static final int SAVED = 44;

    private static final Map<String, AttributeValue> ATTRIBUTES = Map.of(
            "text", new AttributeValue.Text("of a user"),
            "number", new AttributeValue.Numeric(1.5),
            "flag", new AttributeValue.Flag(true),
            "texts", new AttributeValue.Texts(List.of("a", "b")));
    private static final Map<String, AttributeValue> LARGE = Map.of(
            "a", new AttributeValue.Text("x".repeat(4_000)),
            "b", new AttributeValue.Text("y".repeat(4_000)),
            "c", new AttributeValue.Text("z".repeat(400)));

    @TempDir
    private Path folder;

    @Test
    void snapshotOfVersion1_andTheLogBehindIt_giveWhatAReplayGives() throws IOException {
        Path file = Files.write(folder.resolve("features"), bytes("/features-v1.hex"));
        List<Event> events = events();
        FeatureState expected = new FeatureState(FeaturesConfig.defaults(), new MemoryTables());
        for (int i = 0; i < events.size(); i++) {
            expected.apply(i, events.get(i));
        }
        // The second start finds a store that is further on, and still the old snapshot.
        for (int start = 0; start < 2; start++) {
            try (OpenTables open = new OpenTables(folder.resolve("store"), 1 << 20)) {
                FeatureState state = FeatureState.restore(file, FeaturesConfig.defaults(), open.tables);
                assertEquals(SAVED, state.appliedOffset());
                state.settle();
                for (int i = SAVED; i < events.size(); i++) {
                    state.apply(i, events.get(i));
                }
                assertSame(expected, state);
            }
        }
    }

    @Test
    void wholeSnapshotOfVersion1_isReadWithItsKeys() throws IOException {
        List<Event> events = events();
        FeatureState expected = new FeatureState(FeaturesConfig.defaults());
        for (int i = 0; i < SAVED; i++) {
            expected.apply(i, events.get(i));
        }
        Path keys = Files.createDirectories(folder.resolve("keys"));
        Files.write(keys.resolve("keys-00000000000000000001.table"), bytes("/whole-v1-keys.hex"));
        Files.write(folder.resolve("whole-00000000000000000044.snapshot"), bytes("/whole-v1.hex"));
        try (KeyTable table = KeyTable.openReadOnly(keys, List.of(MasterKey.parse("5a".repeat(32))))) {
            List<WholeSnapshot> found = WholeSnapshot.in(folder, new PersonalCipher(table));
            FeatureState state = found.getFirst().restore(FeaturesConfig.defaults());
            assertEquals(SAVED, state.appliedOffset());
            assertSame(expected, state);
            assertArrayEquals(RowBytes.of(expected, expected.tables()), RowBytes.of(state, state.tables()));
        }
    }

    /** The attributes of users were in the snapshot, and a store of that time has no table of them. */
    @Test
    void snapshotOfVersion4_andTheLogBehindIt_giveWhatAReplayGives() throws IOException {
        Path file = Files.write(folder.resolve("features"), bytes("/features-v4.hex"));
        Path keys = Files.createDirectories(folder.resolve("keys"));
        Files.write(keys.resolve("keys-00000000000000000001.table"), bytes("/features-v4-keys.hex"));
        List<Event> events = eventsWithAttributes();
        int saved = SAVED + events.size() - events().size();
        makeStoreOfVersion4(keys, events.subList(0, saved));
        MemoryTables memory = new MemoryTables();
        FeatureState expected = new FeatureState(FeaturesConfig.defaults(), memory);
        for (int i = 0; i < events.size(); i++) {
            expected.apply(i, events.get(i));
        }
        // The second start finds a store that has the table, and still the old snapshot.
        for (int start = 0; start < 2; start++) {
            try (OpenTables open = new OpenTables(folder.resolve("store"), 1 << 20, keys)) {
                FeatureState state = FeatureState.restore(file, FeaturesConfig.defaults(), open.tables);
                assertEquals(saved, state.appliedOffset());
                state.settle();
                assertEquals(ATTRIBUTES, attributes(state, "u0"));
                assertEquals(LARGE, attributes(state, "u1"), "what no row holds");
                for (int i = saved; i < events.size(); i++) {
                    state.apply(i, events.get(i));
                }
                assertSame(expected, state);
                assertArrayEquals(withoutStamps(expected, memory), withoutStamps(state, open.tables), "start " + start);
            }
        }
    }

    private void makeStoreOfVersion4(Path keys, List<Event> events) throws IOException {
        try (OpenTables open = new OpenTables(folder.resolve("store"), 1 << 20, keys)) {
            FeatureState state = new FeatureState(FeaturesConfig.defaults(), open.tables);
            state.settle();
            for (int i = 0; i < events.size(); i++) {
                state.apply(i, events.get(i));
            }
            state.capture().close();
            for (String table : open.store.tableNames()) {
                if (table.startsWith("user-attributes")) {
                    open.store.drop(table);
                }
            }
        }
    }

    /** What was imported has the stamp of its snapshot, and not that of its event. */
    private static byte[] withoutStamps(FeatureState state, FeatureTables tables) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WordRoom row = new WordRoom(FeatureTable.USER_ATTRIBUTES);
        for (int user = 0; user < state.users().size(); user++) {
            tables.values(FeatureTable.USER_ATTRIBUTES).read(user, row);
            row.words()[0] = 0;
            bytes.write(Arrays.toString(row.copy()).getBytes(StandardCharsets.US_ASCII));
        }
        bytes.write(RowBytes.of(state, tables, List.of(FeatureTable.USERS)));
        return bytes.toByteArray();
    }

    private static Map<String, AttributeValue> attributes(FeatureState state, String user) {
        int ordinal = state.users().ordinal(new UserId(user));
        return state.userAttributes().read(ordinal, new UserProfile()).attributes();
    }

    static List<Event> eventsWithAttributes() {
        List<Event> events = new ArrayList<>();
        events.add(upserted(new User(new UserId("u0"), ATTRIBUTES)));
        events.add(upserted(new User(new UserId("u1"), LARGE)));
        events.add(upserted(new User(new UserId("u2"), ATTRIBUTES)));
        events.addAll(events());
        return events;
    }

    private static Event upserted(User user) {
        return new Event.UserUpserted(new EventId("user-" + user.id()), START, user);
    }

    private static void assertSame(FeatureState expected, FeatureState state) {
        assertEquals(expected.catalog().size(), state.catalog().size());
        for (int item = 0; item < expected.catalog().size(); item++) {
            for (FeatureDefinition.Numeric feature :
                    FeatureSchema.standard(FeaturesConfig.defaults()).numeric()) {
                for (int user = -1; user < expected.users().size(); user++) {
                    assertArrayEquals(
                            read(feature, expected, user, item),
                            read(feature, state, user, item),
                            feature.name() + " of item " + item + " for user " + user);
                }
            }
        }
    }

    private static float[] read(FeatureDefinition.Numeric feature, FeatureState state, int user, int item) {
        float[] value = new float[1];
        feature.read(new Moment(state, user, NOW), new int[] {item}, 1, value);
        return value;
    }

    private static List<Event> events() {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ItemId id = new ItemId("i" + i);
            Item item = new Item(id, "title " + i, List.of("t" + i % 2), Map.of(), START, true);
            events.add(new Event.ItemUpserted(new EventId("item" + i), START, item));
        }
        for (int i = 0; i < 40; i++) {
            events.add(action(i));
        }
        events.add(new Event.UserDeleted(new EventId("d"), START, new UserId("u2")));
        for (int i = 40; i < 70; i++) {
            events.add(action(i));
        }
        return events;
    }

    private static Event action(int i) {
        return new Event.Action(
                new EventId("e" + i),
                START.plusSeconds(600L * i),
                new UserId("u" + i % 3),
                new ItemId("i" + i % 4),
                ActionType.ofCode(i % 10),
                1,
                null);
    }

    private static byte[] bytes(String resource) throws IOException {
        try (var in = OldSnapshotTest.class.getResourceAsStream(resource)) {
            String hex = new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.replace("\n", ""));
        }
    }
}
