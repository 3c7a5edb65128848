package dev.millrace.benchmarks.serve;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;
import dev.millrace.models.BundleWriter;
import dev.millrace.models.Registry;
import dev.millrace.models.Vocabulary;
import dev.millrace.models.graph.RandomTransformer;
import dev.millrace.models.graph.TransformerBundle;
import dev.millrace.models.graph.TransformerWeights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A made-up world of any size, written as a data directory: a log of items, users and their actions, and a live bundle
 * of random weights in the shape that training produces.
 *
 * <p>Items have one main and one further topic of 200; a user acts on items of three topics of their own. Popularity
 * within a topic falls with the square of a uniform number. Item vectors are their topic's direction plus noise, as
 * trained vectors cluster; unclustered ones would be a harder search than any catalogue. The same seed gives the same
 * world. Immutable.
 *
 * @param actionsPerUser clicks in each user's history
 */
public record ServeWorld(int items, int users, int actionsPerUser, long seed) {
    private static final int TOPICS = 200;
    private static final int BATCH = 20_000;
    private static final int DIMENSION = 64;
    private static final int HEADS = 2;
    private static final int BLOCKS = 2;
    private static final int HISTORY = 50;
    private static final double TOPIC_WEIGHT = 0.6;
    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

    public ServeWorld {
        if (items < TOPICS || items > 50_000_000 || users < 1 || users > 50_000_000) {
            throw new IllegalArgumentException("a world has " + TOPICS
                    + " to 50,000,000 items and 1 to 50,000,000 users, not " + items + " and " + users);
        }
    }

    /** The id of user number {@code user}. */
    public static String userId(int user) {
        return "u" + user;
    }

    /** Writes the world, unless the directory holds it already; a directory with anything else is refused. */
    public void writeTo(Path directory, Consumer<String> progress) throws IOException {
        Path marker = directory.resolve("world.txt");
        if (Files.exists(marker)) {
            if (!Files.readString(marker).equals(toString())) {
                throw new IOException(directory + " holds another world: " + Files.readString(marker));
            }
            return;
        }
        if (Files.exists(directory.resolve("log"))) {
            throw new IOException(directory + " holds a log that is not a benchmark's; give another --data-dir");
        }
        Files.createDirectories(directory);
        writeLog(directory.resolve("log"), progress);
        writeModel(directory, progress);
        Files.writeString(marker, toString());
    }

    private void writeLog(Path directory, Consumer<String> progress) throws IOException {
        try (SegmentEventLog log = SegmentEventLog.open(directory, EventLogConfig.defaults())) {
            Appender appender = new Appender(log);
            for (int item = 0; item < items; item++) {
                appender.add(new Event.ItemUpserted(new EventId("item-" + item), START, item(item)));
            }
            progress.accept(items + " items written");
            for (int user = 0; user < users; user++) {
                UserId id = new UserId(userId(user));
                appender.add(new Event.UserUpserted(new EventId("user-" + user), START, new User(id, Map.of())));
                addActions(user, id, appender);
            }
            appender.flush();
            appender.underWay.join();
            progress.accept(users + " users with " + actionsPerUser + " actions each written");
        }
    }

    private Item item(int item) {
        return new Item(
                new ItemId("i" + item),
                "Item " + item,
                List.of("topic-" + mainTopic(item), "topic-" + furtherTopic(item)),
                Map.of("year", new AttributeValue.Numeric(1960 + item % 66)),
                START,
                true);
    }

    private static int mainTopic(int item) {
        return item % TOPICS;
    }

    private static int furtherTopic(int item) {
        return (int) (((item * 2_654_435_761L) >>> 8) % TOPICS);
    }

    private void addActions(int user, UserId id, Appender appender) {
        SplittableRandom random = new SplittableRandom(seed + user);
        int[] tastes = {random.nextInt(TOPICS), random.nextInt(TOPICS), random.nextInt(TOPICS)};
        int perTopic = items / TOPICS;
        for (int action = 0; action < actionsPerUser; action++) {
            double uniform = random.nextDouble();
            int rank = (int) (uniform * uniform * perTopic);
            int item = rank * TOPICS + tastes[random.nextInt(tastes.length)];
            appender.add(new Event.Action(
                    new EventId("a" + user + "-" + action),
                    START.plusSeconds(60L * action + user % 60),
                    id,
                    new ItemId("i" + item),
                    ActionType.CLICK,
                    1,
                    null));
        }
    }

    private void writeModel(Path directory, Consumer<String> progress) throws IOException {
        TransformerWeights weights =
                RandomTransformer.weights(new RandomTransformer.Sizes(items, DIMENSION, HEADS, BLOCKS, HISTORY), seed);
        cluster(weights.table().rows());
        List<ItemId> vocabulary = new ArrayList<>(items);
        for (int item = 0; item < items; item++) {
            vocabulary.add(new ItemId("i" + item));
        }
        BundleContent.Evidence evidence = new BundleContent.Evidence(
                Map.of(), Map.of("origin", "random weights for the serving benchmark", "world", toString()), List.of());
        Path draft = Files.createTempDirectory(directory, "bundle");
        BundleWriter.write(draft, TransformerBundle.of(weights, new Vocabulary(vocabulary), START, evidence));
        Registry registry = new Registry(directory.resolve("models"));
        Bundle published = registry.publish(draft);
        registry.promote(published.version());
        deleteTree(draft);
        progress.accept("bundle " + published.version() + " published");
    }

    /** Turns random rows into rows that lie around their main topic's direction. */
    private void cluster(float[] embedding) {
        SplittableRandom random = new SplittableRandom(seed);
        float deviation = 1.0f / (float) Math.sqrt(DIMENSION);
        float[] directions = new float[TOPICS * DIMENSION];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = deviation * (float) random.nextGaussian();
        }
        for (int item = 0; item < items; item++) {
            int row = (item + 1) * DIMENSION;
            int topic = mainTopic(item) * DIMENSION;
            for (int i = 0; i < DIMENSION; i++) {
                float noise = deviation * (float) random.nextGaussian();
                embedding[row + i] = (float) (TOPIC_WEIGHT * directions[topic + i] + (1 - TOPIC_WEIGHT) * noise);
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Appends in batches, one under way while the next is filled. Owned by one thread. */
    private static final class Appender {
        private final SegmentEventLog log;
        private List<Event> batch = new ArrayList<>(BATCH);
        private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);

        Appender(SegmentEventLog log) {
            this.log = log;
        }

        void add(Event event) {
            batch.add(event);
            if (batch.size() == BATCH) {
                flush();
            }
        }

        void flush() {
            underWay.join();
            underWay = log.appendAll(batch);
            batch = new ArrayList<>(BATCH);
        }
    }
}
