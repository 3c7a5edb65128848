package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.MillraceException;
import dev.millrace.storage.disk.CrashingDisk;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.StoreLogConfig;
import dev.millrace.storage.together.KeySets;
import dev.millrace.testkit.Seed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Random work on several tables beside a model of it, on a disk that dies at any write, synchronisation, rename or deletion:
 * afterwards the store holds what a first part of the work left, and all that was acknowledged. Some rounds by default;
 * {@code -Dmillrace.model.rounds=2000} for longer.
 */
class StoreModelTest {
    private static final int ROUNDS = Integer.getInteger("millrace.model.rounds", 20);
    private static final int LIVES = 4;
    private static final int STEPS = 120;
    private static final int KEYS = 150;
    private static final int LONGS = 16;
    private static final int TTL_SECONDS = 100;
    private static final String ALIAS = "live";
    private static final StoreConfig CONFIG = StoreConfig.defaults()
            .withLog(new StoreLogConfig(96 << 10, 64 << 10, Duration.ZERO, Duration.ofSeconds(2)))
            .withCheckpointBytes(1L << 40);

    @TempDir
    private Path directory;

    private final AtomicInteger clock = new AtomicInteger(1_000);
    private int crashes;
    private int lost;
    private int unsettled;
    private int increments;
    private int togetherPacked;

    @Test
    void store_crashedAtRandomSteps_holdsAFirstPartOfTheWork() throws IOException {
        Random seeds = Seed.random("StoreModelTest");
        for (int round = 0; round < ROUNDS; round++) {
            new Round(directory.resolve("round" + round), seeds.nextLong()).run();
        }
        assertTrue(crashes > ROUNDS, "only " + crashes + " crashes");
        assertTrue(unsettled > ROUNDS && increments > ROUNDS, unsettled + " unsettled, " + increments + " increments");
        assertTrue(togetherPacked > ROUNDS, togetherPacked + " segments packed together");
        System.out.println(
                ROUNDS + " rounds, " + crashes + " crashes, " + lost + " changes lost that nobody was told of, "
                        + unsettled + " tables found with an unsettled index, " + increments + " increments, "
                        + togetherPacked + " segments packed together");
    }

    /** What a killed process wrote and did not force is in the system's cache alone, where the next process finds it. */
    @Test
    void store_killedOpenedAgainAndWithoutPower_opensWithWhatWasAcknowledged() throws IOException {
        Random seeds = Seed.random("StoreModelTest");
        for (int crashAt = 1; crashAt <= 40; crashAt++) {
            Path at = directory.resolve("killed" + crashAt);
            CrashingDisk disk = CrashingDisk.onFiles(new Random(seeds.nextLong()));
            disk.createDirectories(at);
            int steps = crashAt;
            boolean ignored = disk.isCrashedBy(() -> writeAndDie(at, disk, steps));
            disk.restart();
            TieredStore again = open(at, disk);
            again.table("rows").put(2, StoreFixture.row(2, 2, LONGS), 0);
            again.awaitDurable(again.position());
            disk.powerFailure();
            again.abandon();
            disk.restart();
            try (TieredStore last = open(at, disk)) {
                assertEquals(2, StoreFixture.version(last.table("rows"), 2), "died at step " + crashAt);
            }
        }
    }

    private static TieredStore open(Path at, Disk disk) throws IOException {
        TableSpec rows = TableSpec.tiered("rows", LONGS * Long.BYTES, 100, 100_000);
        return TieredStore.open(at, CONFIG, List.of(rows), new TieredStore.Surroundings(disk, () -> 1_000));
    }

    private static void writeAndDie(Path at, CrashingDisk disk, int steps) throws IOException {
        TieredStore store = open(at, disk);
        try {
            // With a checkpoint, the next start replays the log and believes what its segments say of each other.
            store.checkpoint();
            disk.crashAfter(steps);
            for (int version = 1; version <= steps; version++) {
                store.table("rows").put(1, StoreFixture.row(1, version, LONGS), 0);
                store.awaitDurable(store.position());
            }
        } catch (MillraceException e) {
            assertTrue(disk.hasCrashed(), e.toString());
        } finally {
            store.abandon();
        }
    }

    /** One store through several crashes. */
    private final class Round {
        private final Path at;
        private final Random random;
        private final CrashingDisk disk;
        private final StoreModel model = new StoreModel();
        private final String where;
        private int version;

        Round(Path at, long seed) {
            this.at = at;
            this.random = new Random(seed);
            this.disk = CrashingDisk.onFiles(random);
            this.where = at.getFileName() + " of seed " + seed;
        }

        void run() throws IOException {
            disk.createDirectories(at);
            for (int life = 0; life < LIVES; life++) {
                disk.crashAfter(1 + random.nextInt(300));
                live();
                disk.restart();
            }
            try (TieredStore store = open(Disk.local())) {
                requireExplained(store);
            }
        }

        /** Half of the stores do nothing but what they are told: their indexes are not settled for long, or never. */
        private TieredStore open(Disk on) throws IOException {
            return TieredStore.open(
                    at, CONFIG, List.of(), new TieredStore.Surroundings(on, clock::get, random.nextBoolean()));
        }

        private void live() throws IOException {
            TieredStore store = null;
            try {
                store = open(disk);
                requireExplained(store);
                for (int step = 0; step < STEPS; step++) {
                    work(store);
                }
                if (random.nextBoolean()) {
                    store.close();
                    model.acknowledge();
                }
            } catch (MillraceException | IOException e) {
                requireCrash(e);
            } catch (Error e) {
                if (e instanceof AssertionError) {
                    throw e;
                }
                requireCrash(e);
            } finally {
                crashes += disk.hasCrashed() ? 1 : 0;
                if (store != null) {
                    store.abandon();
                }
            }
        }

        private void requireCrash(Throwable e) {
            if (!disk.hasCrashed()) {
                throw new AssertionError(where, e);
            }
        }

        private void requireExplained(TieredStore store) {
            int now = clock.get();
            StoreModel.Seen seen = see(store);
            int lostNow = model.explain(seen, now);
            assertTrue(lostNow >= 0, () -> where + ": no first part of the work leads to " + seen);
            lost += lostNow;
            for (String table : model.tables()) {
                for (long key = 0; key < KEYS; key++) {
                    int expected = seen.tables().get(table).getOrDefault(key, -1);
                    assertEquals(expected, StoreFixture.version(store.table(table), key), where + ", key " + key);
                }
            }
        }

        private StoreModel.Seen see(TieredStore store) {
            Map<String, Map<Long, Integer>> tables = new TreeMap<>();
            // A visit settles the index; single reads leave it as it is.
            boolean visits = random.nextBoolean();
            for (TieredTable table : store.tables()) {
                Map<Long, Integer> rows = new TreeMap<>();
                if (visits) {
                    table.forEach((key, row, offset) -> rows.put(key, StoreFixture.version(table, key)));
                }
                for (long key = 0; !visits && key < KEYS; key++) {
                    int seen = StoreFixture.version(table, key);
                    if (seen >= 0) {
                        rows.put(key, seen);
                    }
                }
                unsettled += table.view().isSettled() ? 0 : 1;
                tables.put(table.spec().name(), rows);
            }
            Map<String, String> aliases = new TreeMap<>();
            try {
                aliases.put(ALIAS, store.current(ALIAS).spec().name());
            } catch (MillraceException e) {
                // Nothing was published.
            }
            return new StoreModel.Seen(tables, aliases);
        }

        private void work(TieredStore store) throws IOException {
            List<String> tables = model.tables();
            if (tables.isEmpty()) {
                publishNext(store);
                return;
            }
            TieredTable table = store.table(tables.get(random.nextInt(tables.size())));
            switch (random.nextInt(29)) {
                case 0 -> store.checkpoint();
                case 1 -> {
                    int ignored = store.pack();
                }
                case 2 -> publishNext(store);
                case 3 -> clock.addAndGet(random.nextInt(TTL_SECONDS / 2));
                case 4, 5, 6 -> {
                    store.awaitDurable(store.position());
                    model.acknowledge();
                }
                case 24, 25, 26 -> increments += store.increment() ? 1 : 0;
                case 27 -> settleSome(table);
                case 28 -> packTogether(store, table);
                case 7, 8, 9 -> remove(table);
                case 10, 11, 12 -> read(table);
                default -> put(table, 1 + random.nextInt(20));
            }
        }

        private void packTogether(TieredStore store, TieredTable table) throws IOException {
            KeySets.Builder sets = new KeySets.Builder();
            for (int set = 0; set < 20; set++) {
                sets.add(random.longs(8, 0, KEYS + 10).toArray(), 8);
            }
            togetherPacked += store.packTogether(Map.of(table.spec().name(), sets.build()));
        }

        private void settleSome(TieredTable table) {
            table.lock().lock();
            try {
                if (!table.view().isSettled()) {
                    table.growIndex(1 + random.nextInt(300));
                }
            } finally {
                table.lock().unlock();
            }
        }

        /** A new version of the table beside the old, which is dropped. */
        private void publishNext(TieredStore store) {
            String name = "rows@" + ++version;
            TableSpec spec = TableSpec.tiered(name, LONGS * Long.BYTES, 1_000, 40L * (LONGS * Long.BYTES + 32))
                    .withTtl(version % 2 == 0 ? Duration.ofSeconds(TTL_SECONDS) : Duration.ZERO);
            List<String> before = model.tables();
            model.create(name);
            TieredTable table = store.create(spec);
            model.acknowledge();
            put(table, 40);
            model.publish(ALIAS, name);
            store.publish(ALIAS, name);
            model.acknowledge();
            if (before.size() > 1) {
                model.drop(before.getFirst());
                store.drop(before.getFirst());
                model.acknowledge();
            }
        }

        private void put(TieredTable table, int count) {
            long[] keys = new long[count];
            MemorySegment rows = MemorySegment.ofArray(new long[count * LONGS]);
            int expiry = table.spec().ttl().isZero() ? 0 : clock.get() + TTL_SECONDS;
            for (int i = 0; i < count; i++) {
                keys[i] = random.nextInt(KEYS);
                int next = ++version;
                model.put(table.spec().name(), keys[i], next, expiry);
                rows.asSlice((long) i * LONGS * Long.BYTES, LONGS * Long.BYTES)
                        .copyFrom(StoreFixture.row(keys[i], next, LONGS));
            }
            long ignored = table.putBatch(keys, count, rows, 0);
        }

        private void remove(TieredTable table) {
            long key = random.nextInt(KEYS);
            model.remove(table.spec().name(), key);
            boolean ignored = table.remove(key);
        }

        private void read(TieredTable table) {
            Map<Long, Integer> rows =
                    model.newest(clock.get()).tables().get(table.spec().name());
            for (int i = 0; i < 20; i++) {
                long key = random.nextInt(KEYS);
                assertEquals(rows.getOrDefault(key, -1), StoreFixture.version(table, key), where + ", key " + key);
            }
        }
    }
}
