package dev.millrace.server.follow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.models.Registry;
import dev.millrace.models.RidgeBundle;
import dev.millrace.models.Vocabulary;
import dev.millrace.recommend.live.ModelSlot;
import dev.millrace.retrieval.CandidateBuffer;
import dev.millrace.retrieval.RidgeSource;
import dev.millrace.retrieval.UserContext;
import dev.millrace.runtime.Deadline;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class RidgePointerTest {
    private final FeatureState state = new FeatureState(FeaturesConfig.defaults());
    private final RidgeSource source = new RidgeSource(state.catalog()::isAvailable);
    private Registry registry;
    private PointerWatcher watcher;
    private int events;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() throws IOException {
        registry = new Registry(directory.resolve("models"));
        watcher = new PointerWatcher(registry, new RidgePointer(registry, source, state.catalog()));
        // In another order than the ridge's.
        addItem("c");
        addItem("a");
    }

    private void addItem(String id) {
        Item item = new Item(new ItemId(id), "", List.of("t"), Map.of(), Instant.EPOCH, true);
        state.apply(events, new Event.ItemUpserted(new EventId("e" + events++), Instant.EPOCH, item));
    }

    /** Item a votes for b and c, b for c. */
    private String goLive(float forC) throws IOException {
        Vocabulary vocabulary = new Vocabulary(List.of(new ItemId("a"), new ItemId("b"), new ItemId("c")));
        Path folder = directory.resolve("made" + forC);
        RidgeBundle.write(
                folder,
                new RidgeBundle.Votes(
                        vocabulary, 2, 0.5, 3, new int[] {1, 2, 2, -1, -1, -1}, new float[] {1, forC, 2, 0, 0, 0}),
                Map.of(),
                Map.of());
        String version = registry.publish(folder).version();
        registry.promote(version);
        return version;
    }

    private List<String> proposedAfter(String id) {
        UserContext user = new UserContext(4);
        user.reset(0, 0, 1);
        user.historyItems()[0] = state.catalog().ordinal(new ItemId(id));
        user.historyCount(1);
        CandidateBuffer buffer = new CandidateBuffer(10);
        source.retrieve(user, 10, Deadline.none(), buffer);
        List<String> items = new ArrayList<>();
        for (int i = 0; i < buffer.size(); i++) {
            items.add(state.catalog().id(buffer.item(i)).value() + " " + buffer.score(i));
        }
        return items;
    }

    @Test
    void doWork_promoted_proposesWhatTheCatalogueKnows() throws IOException {
        assertEquals(0, watcher.doWork());
        String version = goLive(0.25f);
        assertEquals(1, watcher.doWork());
        assertEquals(version, source.version());
        assertEquals(List.of("c 0.25"), proposedAfter("a"));
        assertEquals(0, watcher.doWork(), "nothing is new");
    }

    @Test
    void doWork_catalogueGrown_learnsOfItsItems() throws IOException {
        goLive(0.25f);
        watcher.doWork();
        addItem("b");
        assertEquals(1, watcher.doWork());
        assertEquals(List.of("b 1.0", "c 0.25"), proposedAfter("a"));
        assertEquals(List.of("c 2.0"), proposedAfter("b"));
        addItem("d");
        assertEquals(0, watcher.doWork(), "all of its items are known");
    }

    @Test
    void doWork_damaged_goesOnWithTheOneBefore() throws IOException {
        String good = goLive(0.25f);
        watcher.doWork();
        String bad = goLive(0.75f);
        Files.writeString(directory.resolve("models/bundles").resolve(bad).resolve("votes.bin"), "cut");
        assertEquals(1, watcher.doWork());
        assertEquals(0, watcher.doWork(), "it is not tried again");
        assertEquals(good, source.version());
        assertEquals(List.of("c 0.25"), proposedAfter("a"));
    }

    @Test
    void doWork_behindAPointerThatCannotBeRead_isFollowedAllTheSame() throws IOException {
        PointerWatcher both = new PointerWatcher(
                registry,
                new DeltaPointer(registry, new ModelSlot<>()),
                new RidgePointer(registry, source, state.catalog()));
        String version = goLive(0.25f);
        Files.createDirectory(directory.resolve("models/DELTA"));
        assertThrows(IOException.class, both::doWork);
        assertEquals(version, source.version());
    }

    @Test
    void doWork_catalogueGrowing_whileItCannotBeRead_isTriedAgainSeldomerEachTime() throws IOException {
        for (int i = 0; i < 300; i++) {
            addItem("other" + i);
        }
        Path bundle = directory.resolve("models/bundles").resolve(goLive(0.25f));
        watcher.doWork();
        Path away = directory.resolve("away");
        Files.move(bundle, away);
        for (int i = 0; i < 5; i++) {
            addItem("new" + i);
        }
        for (int turn = 0; turn < 6; turn++) { // it fails at turns 1, 2 and 4: the next try is at 8
            addItem("newer" + turn / 3);
            assertEquals(0, watcher.doWork());
        }
        Files.move(away, bundle);
        addItem("newest");
        assertEquals(0, watcher.doWork());
        assertEquals(1, watcher.doWork());
    }
}
