package dev.millrace.training.online;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.FloatMap;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.RecommendationId;
import dev.millrace.model.UserId;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.DeltaBundle;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.training.work.ReplayStarts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A learner on a real registry and model, with an audience that clicks by known rates. */
abstract class OnlineLearning {
    static final int ITEMS = 30;
    static final int USERS = 200;
    static final long SEED = 17;
    static final String RANKER = "0123456789abcdef9999";
    static final Duration CALIBRATION_WINDOW = Duration.ofMinutes(2);

    final SplittableRandom random = new SplittableRandom(SEED);
    final MemoryEventLog log = new MemoryEventLog();
    final double[] rates = new double[ITEMS];
    long millis = 1_700_000_000_000L;
    long events;
    Registry registry;
    String live;

    @Nullable
    KeyTable keys;

    @TempDir
    Path directory;

    @BeforeEach
    void goLive() throws IOException {
        registry = new Registry(directory.resolve("models"));
        live = publish(1);
        for (int i = 0; i < ITEMS; i++) {
            rates[i] = 0.2;
            Item item = new Item(
                    new ItemId("i" + i), "", List.of("t" + i % 3), Map.of(), Instant.ofEpochMilli(millis), true);
            log.append(new Event.ItemUpserted(id(), Instant.ofEpochMilli(millis), item));
        }
    }

    String publish(long seed) throws IOException {
        Path folder = directory.resolve("bundle" + seed);
        Vocabulary vocabulary = new Vocabulary(
                IntStream.range(0, ITEMS).mapToObj(i -> new ItemId("i" + i)).toList());
        BundleWriter.write(
                folder,
                TransformerBundle.of(
                        RandomTransformer.weights(new RandomTransformer.Sizes(ITEMS, 8, 2, 1, 5), seed),
                        vocabulary,
                        Instant.EPOCH.plusSeconds(seed),
                        new BundleContent.Evidence(Map.of(), Map.of(), List.of())));
        String version = registry.publish(folder).version();
        registry.promote(version);
        return version;
    }

    EventId id() {
        return new EventId("e" + events++);
    }

    OnlineLearner learner() throws IOException {
        return learner(log);
    }

    OnlineLearner learner(ReadableEventLog from) throws IOException {
        OnlineConfig config = new OnlineConfig(
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                1_000,
                200,
                CALIBRATION_WINDOW,
                0.3f);
        return new OnlineLearner(
                from,
                new ReplayStarts(directory, keys),
                registry,
                config,
                Files.createDirectories(directory.resolve("work")),
                () -> millis);
    }

    ModelDelta delta() throws IOException {
        String version = registry.deltaVersion();
        assertNotNull(version);
        return DeltaBundle.read(registry.open(version).orElseThrow());
    }

    /** Slates of the newest delta for a time; a click is drawn by the item's rate, or always. */
    void entertain(OnlineLearner learner, Duration time, boolean robots) throws Exception {
        long end = millis + time.toMillis();
        while (millis < end) {
            for (int i = 0; i < 40; i++) {
                millis += 25;
                show(robots);
            }
            work(learner);
        }
    }

    static void work(OnlineLearner learner) throws Exception {
        while (learner.doWork() > 0) {
            // to the end of the log
        }
    }

    void show(boolean robots) throws IOException {
        UserId user = new UserId("u" + random.nextInt(USERS));
        RecommendationId slate = new RecommendationId("r" + events);
        List<Event.SlateEntry> entries = new ArrayList<>();
        int first = random.nextInt(ITEMS);
        for (int place = 0; place < 6; place++) {
            ItemId item = new ItemId("i" + (first + place * 5) % ITEMS);
            FloatMap told = foretold == 0
                    ? FloatMap.EMPTY
                    : FloatMap.of(new String[] {"click"}, new float[] {(float) LogOdds.shifted(foretold, added)});
            entries.add(new Event.SlateEntry(item, 0, 1, "topics", told));
        }
        Instant now = Instant.ofEpochMilli(millis);
        String by = slates++ % 20 == 0 && !inNeed.isEmpty() ? inNeed : label;
        log.append(new Event.SlateServed(id(), now, user, slate, "home", by, entries));
        for (Event.SlateEntry entry : entries) {
            reportLater(new Event.Action(id(), now, user, entry.item(), ActionType.IMPRESSION, 1, slate));
            int item = Integer.parseInt(entry.item().value().substring(1));
            if (robots || random.nextDouble() < rates[item]) {
                RecommendationId named = namesNone ? null : slate;
                log.append(new Event.Action(id(), now, user, entry.item(), ActionType.CLICK, 1, named));
            }
        }
    }

    void reportLater(Event.Action impression) throws IOException {
        unreported.add(impression);
        while (!unreported.isEmpty() && unreported.element().timestamp().toEpochMilli() <= millis - late.toMillis()) {
            log.append(unreported.remove());
        }
    }

    /** What the server would say that it answers with; it follows within a second. */
    String label = "";
    /** Where it is not empty, every twentieth slate says this instead. */
    String inNeed = "";

    /** What the ranker alone foretells of a click on any item; 0 where there is none. */
    double foretold;
    /** What the delta that is followed adds to its log-odds. */
    float added;

    long slates;
    final Queue<Event.Action> unreported = new ArrayDeque<>();
    /** By how much impressions are reported later than clicks. */
    Duration late = Duration.ZERO;
    /** Whether clicks come without the recommendation that they are on. */
    boolean namesNone;

    void follow() throws IOException {
        label = delta().label();
    }

    float bias(String item) throws IOException {
        return delta().items().stream()
                .filter(change -> change.item().value().equals(item))
                .findFirst()
                .map(change -> change.bias())
                .orElse(0f);
    }

    ReadableEventLog shortened() {
        return new ReadableEventLog() {
            @Override
            public long begin() {
                return 10;
            }

            @Override
            public long end() {
                return log.end();
            }

            @Override
            public LogReader read(long fromOffset) {
                return log.read(fromOffset);
            }

            @Override
            public void close() {
                // the log is the test's
            }
        };
    }
}
