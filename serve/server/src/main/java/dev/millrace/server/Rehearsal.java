package dev.millrace.server;

import dev.millrace.client.ApiException;
import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.runtime.Configuration;
import dev.millrace.runtime.Lifecycle;
import dev.millrace.server.http.Traces;
import dev.millrace.wire.catalog.ItemBody;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.recommend.NextPageRequest;
import dev.millrace.wire.recommend.RecommendRequest;
import dev.millrace.wire.recommend.RecommendResponse;
import dev.millrace.wire.recommend.SimilarRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Warms the code of a server that starts by a second one, which shares nothing with it but the code: it has a directory, a
 * loopback port, keys and meters of its own, gets a small catalogue, answers visits over HTTP, and is deleted. So none of it
 * can be in the log, the rows, the keys or the metrics of the first. Owned by the starting thread.
 */
final class Rehearsal {
    private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);
    private static final int ITEMS = 400;
    private static final int TOPICS = 20;
    private static final int USERS = 200;
    /** Beyond these, what a visit runs is compiled: a process that has rehearsed before is done with them sooner. */
    private static final int MOST_VISITS = 1_000;

    private static final int COUNT = 10;
    /** Of answers that may still show what was clicked on; each of them is an event that is applied late. */
    private static final int MOST_LOOKS = 20;

    private final Path folder;
    private final int workers;
    private final Duration limit;
    private final Starter starter;
    private final AtomicInteger visits = new AtomicInteger();

    /** Starts the server that is visited. */
    @FunctionalInterface
    interface Starter {
        MillraceServer start(Configuration configuration) throws Exception;
    }

    /**
     * @param folder made for the time of it, and deleted with what is in it
     * @param limit when no further request begins, counted from before the second server starts; its end comes on top
     */
    Rehearsal(Path folder, int workers, Duration limit) {
        this(
                folder,
                workers,
                limit,
                configuration -> new Assembly(configuration, List.of(), new Lifecycle(Level.DEBUG)).start());
    }

    Rehearsal(Path folder, int workers, Duration limit, Starter starter) {
        this.folder = folder;
        this.workers = workers;
        this.limit = limit;
        this.starter = starter;
    }

    /**
     * Rehearses. What fails costs nothing but slow first answers, so it is told and passed over: also memory that suffices
     * for one server and not for two, and code that the first has no need of and that cannot be loaded.
     *
     * @return how many visits it took
     */
    int run() {
        long began = System.nanoTime();
        try (MDC.MDCCloseable _ = MDC.putCloseable(Traces.KEY, "rehearsal")) {
            delete();
            rehearse(began + limit.toNanos());
            tell((System.nanoTime() - began) / 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            log.warn("the code could not be warmed up, so that the first answers are slow", e);
        } finally {
            forget();
        }
        return visits.get();
    }

    private void tell(long tookMillis) {
        if (visits.get() == 0) {
            log.warn(
                    "server.warm-up of {} was over before the first visit, after {} ms, so that the first answers are slow;"
                            + " give it longer",
                    limit,
                    tookMillis);
        } else {
            log.info("the code is warm after {} visits to a server of its own, in {} ms", visits.get(), tookMillis);
        }
    }

    private void rehearse(long endNanos) throws Exception {
        String key = secret();
        try (MillraceServer server = starter.start(configuration(key))) {
            Duration left = Duration.ofNanos(endNanos - System.nanoTime());
            if (left.isPositive()) {
                play(new ClientConfig(server.uri(), key, left, left, 1, left), endNanos);
            }
        }
    }

    private void play(ClientConfig config, long endNanos) throws Exception {
        try (MillraceClient client = new MillraceClient(config)) {
            client.items(catalogue());
            visitAll(client, endNanos);
        } catch (ApiException e) {
            // A request has the time that was left when it could begin, so this one met the end.
            if (!(e.getCause() instanceof HttpTimeoutException)) {
                throw e;
            }
        }
    }

    /** Patient, so that code which is not compiled yet leaves nothing out. */
    private Configuration configuration(String key) {
        return Configuration.of(Map.of(
                "server.data-dir", folder.toString(),
                "server.host", "127.0.0.1",
                "server.port", "0",
                "server.admin-key", key,
                "server.workers", Integer.toString(workers),
                "server.deadline", "1s",
                "server.warm-up", "0s",
                "admission.max-wait", "1s",
                "store.memory", "16m",
                "keys.master-key", secret()));
    }

    /** As many visitors as there are workers, so that requests meet each other as they will. */
    private void visitAll(MillraceClient client, long endNanos) throws Exception {
        List<Future<Integer>> visitors = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> visitor = () -> visitUntil(client, endNanos);
            for (int i = 0; i < Math.min(workers, USERS); i++) {
                visitors.add(threads.submit(visitor));
            }
        }
        for (Future<Integer> visitor : visitors) {
            try {
                int _ = visitor.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    /** @return how many visits this visitor made: none where the time is over before */
    private int visitUntil(MillraceClient client, long endNanos) {
        int made = 0;
        while (!isOver(endNanos) && visits.get() < MOST_VISITS) {
            visit(client, visits.getAndIncrement(), endNanos);
            made++;
        }
        return made;
    }

    private static boolean isOver(long endNanos) {
        return System.nanoTime() - endNanos >= 0;
    }

    /** What somebody does who looks, clicks on the first item, and asks on; left where the time is over. */
    private static void visit(MillraceClient client, int number, long endNanos) {
        String user = "visitor-" + number % USERS;
        RecommendResponse answer = client.recommend(RecommendRequest.of(user, scenario(number), COUNT));
        if (answer.items().isEmpty() || isOver(endNanos)) {
            return;
        }
        List<String> shown =
                answer.items().stream().map(RecommendResponse.RankedItem::item).toList();
        String id = answer.recommendationId();
        client.events(List.of(
                EventBody.impressions(id + "-shown", user, shown, id),
                EventBody.of(id + "-click", user, shown.getFirst(), "click", id)));
        int looks = 0;
        while (looks < MOST_LOOKS && !isOver(endNanos) && isShown(client, user, shown.getFirst())) {
            looks++;
        }
        if (isOver(endNanos)) {
            return;
        }
        client.similar(new SimilarRequest(shown.getFirst(), COUNT, null));
        String next = answer.next();
        if (next != null && !isOver(endNanos)) {
            client.next(new NextPageRequest(next, COUNT));
        }
    }

    private static boolean isShown(MillraceClient client, String user, String item) {
        return client.recommend(RecommendRequest.of(user, "home", COUNT).dry()).items().stream()
                .anyMatch(ranked -> ranked.item().equals(item));
    }

    /** Mostly what most ask for. */
    private static String scenario(int number) {
        return switch (number % 8) {
            case 6 -> "popularity";
            case 7 -> "random";
            default -> "home";
        };
    }

    private static List<ItemBody> catalogue() {
        List<ItemBody> items = new ArrayList<>(ITEMS);
        for (int i = 0; i < ITEMS; i++) {
            items.add(ItemBody.of(
                    "item-" + i, "Item " + i, List.of("topic-" + i % TOPICS, "topic-" + (i / TOPICS) % TOPICS)));
        }
        return items;
    }

    /** 256 random bits as hexadecimal digits. */
    private static String secret() {
        byte[] bits = new byte[32];
        new SecureRandom().nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }

    private void forget() {
        try {
            delete();
        } catch (IOException | UncheckedIOException e) {
            log.warn(
                    "{} could not be deleted, and holds nothing that is needed; the next start tries again", folder, e);
        }
    }

    private void delete() throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path entry : deepestFirst) {
                Files.delete(entry);
            }
        }
    }
}
