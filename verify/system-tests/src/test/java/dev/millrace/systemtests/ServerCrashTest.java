package dev.millrace.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.client.ApiException;
import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.ReadableEventLog;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.runtime.Configuration;
import dev.millrace.storage.personal.KeyConfig;
import dev.millrace.testkit.Seed;
import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.ingest.EventBody;
import dev.millrace.wire.ingest.IngestResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A whole server is killed with {@code kill -9} under a stream of events, and started again on what it left. Two rounds
 * by default; {@code -Dmillrace.crash.rounds=200} for the whole proof.
 */
class ServerCrashTest {
    private static final int ROUNDS = Integer.getInteger("millrace.crash.rounds", 2);
    private static final int WRITERS = 3;
    private static final int BATCH = 4;
    private static final int WITNESSED = 20;

    @TempDir
    Path data;

    @Test
    void server_afterKill_holdsEveryAcknowledgedEventOnceAndKnowsIt() throws Exception {
        Random random = Seed.random("server_afterKill");
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        for (int round = 0; round < ROUNDS; round++) {
            int before = acknowledged.size();
            List<String> witnessed = new ArrayList<>();
            // Snapshots all along: most kills leave rows that are ahead of the newest.
            try (ServingProcess server = ServingProcess.start(data, "snapshot.events=150")) {
                Semaphore batches = new Semaphore(0);
                Thread[] writers = startWriters(server, round, acknowledged, batches);
                witness(server, round, random.nextInt(1, WITNESSED), acknowledged, witnessed);
                // Somewhere in the stream: after so many further batches, one of which may be half way.
                assertTrue(batches.tryAcquire(1 + random.nextInt(200), 60, TimeUnit.SECONDS), "batches go on");
                server.kill();
                for (Thread writer : writers) {
                    writer.join();
                }
            }
            assertTrue(acknowledged.size() > before, "the server acknowledged something");
            requireKnown(round, witnessed);
        }
        requireAllOnce(acknowledged);
        System.out.println(ROUNDS + " kills of the server, " + acknowledged.size()
                + " acknowledged events, none lost, none doubled");
    }

    private static Thread[] startWriters(ServingProcess server, int round, Set<String> acknowledged, Semaphore batches)
            throws InterruptedException {
        Thread[] writers = new Thread[WRITERS];
        CountDownLatch writing = new CountDownLatch(WRITERS);
        for (int i = 0; i < WRITERS; i++) {
            String prefix = "r" + round + "-w" + i + "-";
            writers[i] = Thread.ofPlatform().start(() -> {
                try (MillraceClient client = client(server)) {
                    for (int batch = 0; ; batch++) {
                        List<EventBody> events = events(prefix + batch + "-");
                        requireTaken(client.events(events));
                        events.forEach(event -> acknowledged.add(event.eventId()));
                        writing.countDown();
                        batches.release();
                    }
                } catch (ApiException killed) {
                    writing.countDown();
                }
            });
        }
        writing.await();
        return writers;
    }

    /** Clicks of one person, one after the other, each acknowledged. */
    private static void witness(
            ServingProcess server, int round, int clicks, Set<String> acknowledged, List<String> witnessed) {
        try (MillraceClient client = client(server)) {
            for (int i = 0; i < clicks; i++) {
                String item = "witnessed-" + i;
                String id = "r" + round + "-" + item;
                requireTaken(client.events(List.of(EventBody.of(id, "witness-" + round, item, "click", null))));
                acknowledged.add(id);
                witnessed.add(item);
            }
        }
    }

    /** The started server has the person's clicks, takes none of them again, and is then killed in peace. */
    private void requireKnown(int round, List<String> witnessed) throws Exception {
        try (ServingProcess server = ServingProcess.start(data);
                MillraceClient client = client(server)) {
            Set<String> known = client.history("witness-" + round).entries().stream()
                    .map(UserHistory.Entry::item)
                    .collect(Collectors.toSet());
            assertEquals(new HashSet<>(witnessed), known);
            String first = witnessed.getFirst();
            EventBody again = EventBody.of("r" + round + "-" + first, "witness-" + round, first, "click", null);
            assertEquals(1, client.events(List.of(again)).duplicates());
            server.kill();
        }
    }

    private void requireAllOnce(Set<String> acknowledged) throws Exception {
        Set<String> found = new HashSet<>();
        try (ReadableEventLog log =
                        SegmentEventLog.openReadOnly(data.resolve("log"), KeyConfig.from(Configuration.empty(), data));
                LogReader reader = log.read(0)) {
            while (reader.poll(
                            (offset, event) -> assertTrue(found.add(event.id().value()), event.id() + " is doubled"),
                            1000)
                    > 0) {
                assertTrue(reader.offset() <= log.end());
            }
        }
        Set<String> lost = new HashSet<>(acknowledged);
        lost.removeAll(found);
        assertEquals(Set.of(), lost);
    }

    private static void requireTaken(IngestResult result) {
        assertEquals(0, result.rejectedCount(), () -> result.rejected().toString());
    }

    private static List<EventBody> events(String prefix) {
        List<EventBody> events = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            events.add(EventBody.of(prefix + i, "user-" + i, "item-" + prefix.hashCode() % 50, "click", null));
        }
        return events;
    }

    private static MillraceClient client(ServingProcess server) {
        return new MillraceClient(
                ClientConfig.of(server.url(), ServingProcess.KEY).withoutRetries());
    }
}
