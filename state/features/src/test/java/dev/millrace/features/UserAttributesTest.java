package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.features.rows.MemoryTables;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.storage.personal.SubjectId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** What is said of users, in rows of the store and beside them. */
final class UserAttributesTest {
    private static final UserId ANNA = new UserId("anna");
    private static final Map<String, AttributeValue> SMALL = Map.of(
            "PLAINtext", new AttributeValue.Text("PLAINvalue é\uD83D\uDE00"),
            "number", new AttributeValue.Numeric(-1e300),
            "flag", new AttributeValue.Flag(true),
            "texts", new AttributeValue.Texts(List.of("a", "", "b")));

    @TempDir
    private Path folder;

    private long offset;

    @Test
    void attributes_ofAnySize_areReadAsTheyWereSetLast() throws IOException {
        try (OpenTables open = new OpenTables(folder, 1 << 20)) {
            FeatureState state = begin(open);
            // Of names and values of a letter each: some sizes on both sides of what a row holds.
            for (int length : new int[] {0, 1, 7, 8, 9, 4_000, 8_160, 8_170, 8_180, 8_190, 12_000, 3, 12_001, 0}) {
                Map<String, AttributeValue> given = texts(length);
                set(state, given);
                assertEquals(given, read(state), length + " letters");
            }
            set(state, SMALL);
            assertEquals(SMALL, read(state));
            state.apply(offset++, new Event.UserDeleted(new EventId("d"), Instant.EPOCH, ANNA));
            assertEquals(
                    Map.of(), state.userAttributes().read(0, new UserProfile()).attributes());
        }
    }

    @Test
    void nobody_hasNoAttributes_whateverWasReadBefore() throws IOException {
        try (OpenTables open = new OpenTables(folder, 1 << 20)) {
            FeatureState state = begin(open);
            set(state, SMALL);
            UserProfile profile = state.userAttributes().read(0, new UserProfile());
            assertEquals(SMALL, profile.attributes());
            assertEquals(Map.of(), state.userAttributes().read(-1, profile).attributes());
            state.userAttributes().read(0, profile);
            set(state, texts(12_000));
            assertEquals(texts(12_000), state.userAttributes().read(0, profile).attributes());
            assertFalse(profile.isLate());
        }
    }

    /** In the store, the rows kept for a snapshot, and the snapshot, whether a row holds them or not. */
    @Test
    void attributes_areOnDiskEncrypted_andGoWithTheUsersKey() throws IOException {
        Path store = folder.resolve("store");
        for (Map<String, AttributeValue> given : List.of(SMALL, texts(12_000))) {
            Path snapshot = folder.resolve("snapshot" + offset);
            try (OpenTables open = new OpenTables(store, 1 << 20)) {
                FeatureState state = begin(open);
                set(state, given);
                state.save(snapshot);
                set(state, SMALL);
            }
            try (Stream<Path> files = Stream.concat(Files.list(store), Stream.of(snapshot))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                    assertFalse(bytes.contains("PLAIN"), file.toString());
                }
            }
            try (OpenTables open = new OpenTables(store, 1 << 20)) {
                FeatureState state = FeatureState.restore(snapshot, FeaturesConfig.defaults(), open.tables);
                state.settle();
                assertEquals(given, read(state));
                assertTrue(open.keys.drop(SubjectId.of(ANNA.value())).hadKey());
                state.forget(ANNA);
                assertEquals(
                        Map.of(),
                        state.userAttributes().read(0, new UserProfile()).attributes());
            }
            try (OpenTables open = new OpenTables(store, 1 << 20)) {
                FeatureState state = FeatureState.restore(snapshot, FeaturesConfig.defaults(), open.tables);
                state.settle();
                assertEquals(-1, state.users().ordinal(ANNA));
                assertEquals(
                        Map.of(),
                        state.userAttributes().read(0, new UserProfile()).attributes());
                open.keys.readmit(SubjectId.of(ANNA.value()));
            }
        }
    }

    @Test
    void attributes_thatCrossWhatARowHolds_areThere_beforeTheirGroupEnds() throws IOException {
        try (OpenTables open = new OpenTables(folder, 1 << 20)) {
            FeatureState state = begin(open);
            set(state, texts(12_000));
            setInGroup(state, SMALL);
            assertEquals(texts(12_000), read(state));
            state.endGroup();
            assertEquals(SMALL, read(state));
            setInGroup(state, texts(12_001));
            assertEquals(SMALL, read(state));
            state.endGroup();
            assertEquals(texts(12_001), read(state));
            setInGroup(state, SMALL);
            setInGroup(state, texts(12_000));
            state.endGroup();
            assertEquals(texts(12_000), read(state));
            setInGroup(state, Map.of());
            assertEquals(texts(12_000), read(state));
            state.endGroup();
            assertEquals(Map.of(), read(state));
        }
    }

    @Test
    void reader_findsAttributes_whileTheyCrossWhatARowHolds() throws Exception {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        Map<String, AttributeValue> large = texts(12_000);
        set(state, SMALL);
        AtomicBoolean isEnded = new AtomicBoolean();
        try (ExecutorService readers = Executors.newSingleThreadExecutor()) {
            Future<Integer> torn = readers.submit(() -> {
                UserProfile profile = new UserProfile();
                int others = 0;
                while (!isEnded.get()) {
                    Map<String, AttributeValue> found =
                            state.userAttributes().read(0, profile).attributes();
                    others += found.equals(SMALL) || found.equals(large) ? 0 : 1;
                }
                return others;
            });
            try {
                for (int i = 0; i < 20_000; i++) {
                    set(state, i % 2 == 0 ? large : SMALL);
                }
            } finally {
                isEnded.set(true);
            }
            assertEquals(0, torn.get());
        }
    }

    /** Rooms are used again for others; what was in them is a person's, who may be erased meanwhile. */
    @Test
    void rooms_holdNothingOfAttributes_thatWereWrittenOrAnswered() {
        Users users = new Users();
        UserProfile changed = new UserProfile();
        UserAttributes attributes = new UserAttributes(users, new MemoryTables(), changed);
        int anna = users.add(ANNA);
        for (Map<String, AttributeValue> given : List.of(texts(4_000), SMALL, texts(12_000))) {
            attributes.set(offset++, anna, new User(ANNA, given));
            assertEquals(0, wordsIn(changed), "written");
            attributes.show();
            UserProfile profile = attributes.read(anna, new UserProfile());
            assertEquals(given, profile.attributes());
            profile.clear();
            assertEquals(0, wordsIn(profile), "answered");
            assertEquals(Map.of(), profile.attributes());
        }
        attributes.delete(offset++, anna, ANNA);
        assertEquals(0, wordsIn(changed), "deleted");
    }

    private static long wordsIn(UserProfile profile) {
        return Arrays.stream(profile.room().words()).filter(word -> word != 0).count();
    }

    private FeatureState begin(OpenTables open) throws IOException {
        offset = 0;
        FeatureState state = new FeatureState(FeaturesConfig.defaults(), open.tables);
        state.settle();
        return state;
    }

    private void set(FeatureState state, Map<String, AttributeValue> attributes) {
        state.apply(
                offset, new Event.UserUpserted(new EventId("e" + offset), Instant.EPOCH, new User(ANNA, attributes)));
        offset++;
    }

    private void setInGroup(FeatureState state, Map<String, AttributeValue> attributes) {
        boolean isNew = state.applyInGroup(
                offset, new Event.UserUpserted(new EventId("e" + offset), Instant.EPOCH, new User(ANNA, attributes)));
        assertTrue(isNew);
        offset++;
    }

    private static Map<String, AttributeValue> read(FeatureState state) {
        int user = state.users().ordinal(ANNA);
        return state.userAttributes().read(user, new UserProfile()).attributes();
    }

    /** So many letters in texts of at most 4,000. */
    private static Map<String, AttributeValue> texts(int length) {
        return Map.of(
                "PLAINa", new AttributeValue.Text("a".repeat(Math.min(4_000, length))),
                "PLAINb", new AttributeValue.Text("b".repeat(Math.clamp(length - 4_000, 0, 4_000))),
                "PLAINc", new AttributeValue.Text("c".repeat(Math.clamp(length - 8_000, 0, 4_001))));
    }
}
