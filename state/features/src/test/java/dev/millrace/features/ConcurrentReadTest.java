package dev.millrace.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Readers beside the writer: nothing torn, nothing out of bounds, no garbage. */
class ConcurrentReadTest {
    private static final FeaturesConfig CONFIG =
            new FeaturesConfig(16, 24, 4, true, 10, FeaturesConfig.HalfLives.defaults());
    private static final int USERS = 4;
    private static final int ROUNDS = 150_000;

    private final FeatureState state = new FeatureState(CONFIG);
    private final AtomicBoolean done = new AtomicBoolean();

    /**
     * The writer gives each user the items in one rising order, item k at second k, and deletes users now and then; so any
     * history that a reader sees must be of consecutive items with the times that belong to them.
     */
    @Test
    void histories_readWhileWritten_areNeverTorn() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Long>> readers = List.of(threads.submit(reader()), threads.submit(reader()));
            try {
                write();
            } finally {
                done.set(true);
            }
            for (Future<Long> reader : readers) {
                assertTrue(reader.get() > 100, "reads beside the writer");
            }
        }
    }

    @Test
    void topics_readWhileAged_sumToTheActions() throws Exception {
        long now = EventWorld.START_SECONDS;
        state.apply(0, upsert("i0", List.of("a", "b")));
        try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Future<List<String>> wrong = threads.submit(() -> unequalPairs(now));
            try {
                for (int i = 1; i < ROUNDS; i++) {
                    state.apply(i, action("u", 0, now + i));
                }
            } finally {
                done.set(true);
            }
            assertEquals(List.of(), wrong.get());
        }
    }

    @Test
    void reads_ofAWarmState_makeNoGarbage() {
        for (int i = 0; i < 2000; i++) {
            state.apply(i, action("u" + i % USERS, i % 300, i));
        }
        Reads reads = new Reads();
        for (int i = 0; i < 5000; i++) {
            reads.all(i % USERS, i);
        }
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 5000; i++) {
            reads.all(i % USERS, i);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertTrue(allocated < 5000, allocated + " bytes in 5,000 rounds of reads");
    }

    private void write() {
        long offset = 0;
        int[] position = new int[USERS];
        for (int i = 0; i < ROUNDS; i++) {
            int user = i % USERS;
            state.apply(offset++, action("u" + user, position[user] % 5000, position[user]));
            position[user]++;
            if (i % 997 == 0) {
                state.apply(offset++, new Event.UserDeleted(id(offset), Instant.EPOCH, new UserId("u" + user)));
            }
        }
    }

    private Callable<Long> reader() {
        return () -> {
            int[] items = new int[16];
            long[] millis = new long[16];
            byte[] actions = new byte[16];
            SeenItems seen = new SeenItems();
            UserRow row = state.userRows().room();
            long reads = 0;
            while (!done.get()) {
                for (int u = 0; u < USERS; u++) {
                    UserId id = new UserId("u" + u);
                    int user = state.users().ordinal(id);
                    state.userRows().read(user, row);
                    checkConsecutive(row.history(items, millis, actions), items, millis);
                    row.seen(seen);
                    assertTrue(seen.size() <= CONFIG.seenCapacity(), "seen " + seen.size());
                    reads++;
                }
                checkCatalog();
            }
            return reads;
        };
    }

    private void checkConsecutive(int count, int[] items, long[] millis) {
        for (int i = 0; i < count; i++) {
            long second = millis[i] / 1000;
            assertEquals(second % 5000, number(items[i]), "item of second " + second);
            if (i > 0) {
                assertEquals(millis[i - 1] / 1000 + 1, second, "second after the one before");
            }
        }
    }

    private void checkCatalog() {
        int size = state.catalog().size();
        if (size > 0) {
            int item = size - 1;
            assertEquals(item, state.catalog().ordinal(state.catalog().id(item)));
            if (state.catalog().isAvailable(item)) {
                assertNotNull(state.catalog().item(item), "an available item without content");
            }
            assertTrue(RowBytes.count(state, CounterKind.CLICK, item, 0) >= 0);
        }
    }

    private long number(int item) {
        return Long.parseLong(state.catalog().id(item).value().substring(1));
    }

    private static Event action(String user, int item, long seconds) {
        return new Event.Action(
                id(seconds),
                Instant.ofEpochSecond(seconds),
                new UserId(user),
                new ItemId("i" + item),
                ActionType.CLICK,
                1,
                null);
    }

    private static EventId id(long number) {
        return new EventId("e" + number);
    }

    /** Every read of the request path, into arrays that are kept. */
    private final class Reads {
        private final int[] items = new int[16];
        private final long[] millis = new long[16];
        private final byte[] actions = new byte[16];
        private final float[] values = new float[16];
        private final int[] topics = new int[16];
        private final SeenItems seen = new SeenItems();
        private final ItemRows rows = new ItemRows();
        private final UserRow row = state.userRows().room();
        private final UserId id = new UserId("u1");
        private final List<CounterKind> kinds = List.of(CounterKind.values());
        private float unusedSum;

        void all(int user, long millisNow) {
            state.users().ordinal(id);
            int count = state.userRows().read(user, row).history(items, millis, actions);
            row.seen(seen);
            state.counters().readCounts(items, count, rows.counts);
            for (int i = 0; i < kinds.size(); i++) {
                state.counters().counts(rows.counts, count, kinds.get(i), millisNow, values);
                unusedSum += values[0];
            }
            state.counters().readHours(items, count, rows.hours);
            state.counters().hours(rows.hours, count, 5, millisNow, values);
            row.topics(millisNow, topics, values);
            for (int i = 0; i < count; i++) {
                unusedSum += state.catalog().createdMillis(items[i])
                        + state.catalog().topics(items[i]).length;
            }
        }
    }

    /** Both topics get every action, so they are equal in every consistent read. */
    private List<String> unequalPairs(long now) {
        List<String> wrong = new ArrayList<>();
        int[] topics = new int[4];
        float[] values = new float[4];
        UserRow row = state.userRows().room();
        while (!done.get()) {
            int count = state.userRows().read(0, row).topics(now * 1000, topics, values);
            if ((count == 2 && values[0] != values[1]) || count == 1) {
                wrong.add(count + ": " + values[0] + " and " + values[1]);
            }
        }
        return wrong;
    }

    private static Event upsert(String item, List<String> topics) {
        return new Event.ItemUpserted(
                id(-1), Instant.EPOCH, new Item(new ItemId(item), "", topics, Map.of(), Instant.EPOCH, true));
    }
}
