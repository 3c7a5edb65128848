package dev.millrace.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

@Timeout(60)
final class CandidateSourcesTest {
    private static final long SEED = 31;

    private final SmallShop shop = new SmallShop();
    private final LiveIndexes indexes = LiveIndexes.follow(shop.state, RetrievalConfig.defaults());
    private final CandidateBuffer buffer = new CandidateBuffer(500);

    @Test
    void sources_areFive_withStableNames() {
        assertEquals(
                List.of("topics", "covisitation", "trending", "new-items", "random"),
                indexes.sources().stream().map(CandidateSource::name).toList());
    }

    @Test
    void everySource_inAnEmptyShop_findsNothing() {
        for (CandidateSource source : indexes.sources()) {
            assertEquals(0, retrieve(source, shop.user("nobody", 1), 10).size(), source.name());
        }
    }

    @Test
    void everySource_keepsItsPromises() {
        shop.fill(SEED, 3_000);
        for (int i = 0; i < 100; i += 7) {
            shop.delete("i" + i);
        }
        shop.item("hidden", false, "t1");
        for (CandidateSource source : indexes.sources()) {
            for (int user = 0; user < 50; user++) {
                UserContext context = shop.user("u" + user, user);
                context.eligible(item -> item % 5 != 0);
                List<Integer> found = retrieve(source, context, 30);
                assertEquals(found.size(), new HashSet<>(found).size(), source.name() + " gave one twice");
                assertTrue(found.size() <= 30 && !found.isEmpty(), source.name() + " found " + found.size());
                assertTrue(
                        found.stream().allMatch(item -> shop.state.catalog().isAvailable(item) && item % 5 != 0),
                        source.name());
                assertDescending(source.name());
            }
        }
    }

    @Test
    void everySource_withAFullBuffer_stopsThere() {
        shop.fill(SEED, 2_000);
        CandidateBuffer small = new CandidateBuffer(3);
        for (CandidateSource source : indexes.sources()) {
            small.clear();
            UserContext context = shop.user("u1", 1);
            assertEquals(3, source.retrieve(context, 30, Deadline.none(), small), source.name());
            assertEquals(3, small.size());
            assertEquals(0, source.retrieve(context, 0, Deadline.none(), small), source.name());
        }
    }

    @Test
    void everySource_afterItsDeadline_saysThatItIsPartial() {
        shop.fill(SEED, 2_000);
        for (CandidateSource source : indexes.sources()) {
            buffer.clear();
            UserContext context = shop.user("u1", 1);
            int found = source.retrieve(context, 400, Deadline.after(Duration.ofNanos(-1)), buffer);
            assertTrue(buffer.isPartial(), source.name());
            assertEquals(found, buffer.size());
        }
    }

    @Test
    void everySource_onceWarm_leavesNoGarbagePerCandidate() {
        shop.fill(SEED, 2_000);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        UserContext context = shop.user("u1", 1);
        for (CandidateSource source : indexes.sources()) {
            retrieveOften(source, context, 2_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            retrieveOften(source, context, 1_000);
            long perRetrieval = (threads.getCurrentThreadAllocatedBytes() - before) / 1_000;
            assertTrue(perRetrieval < 256, source.name() + " allocates " + perRetrieval + " bytes");
        }
    }

    @Test
    void newItem_isProposedByTopicsAndNewItems_atOnce() {
        shop.fill(SEED, 1_000);
        shop.click("fresh", "i3");
        int item = shop.item("brand-new", "t3", "never-seen-before");
        assertTrue(retrieve("new-items", shop.user("fresh", 1), 5).contains(item));
        assertTrue(retrieve("topics", shop.user("fresh", 1), 100).contains(item));
        shop.delete("brand-new");
        assertFalse(retrieve("new-items", shop.user("fresh", 1), 5).contains(item));
        assertFalse(retrieve("topics", shop.user("fresh", 1), 100).contains(item));
        assertEquals(item, shop.item("brand-new", "t3"), "it comes back under its ordinal");
        assertTrue(retrieve("topics", shop.user("fresh", 1), 100).contains(item));
    }

    @Test
    void topics_followTheHistory() {
        shop.fill(SEED, 500);
        shop.click("reader", "i7");
        shop.click("reader", "i17");
        List<Integer> found = retrieve("topics", shop.user("reader", 1), 10);
        assertEquals(10, found.size());
        for (int item : found) {
            assertEquals("t7", shop.state.catalog().topic(shop.state.catalog().topics(item)[0]));
        }
    }

    @Test
    void coVisitation_findsWhatFollows() {
        int milk = shop.item("milk");
        int bread = shop.item("bread");
        int nail = shop.item("nail");
        for (int i = 0; i < 20; i++) {
            shop.click("u" + i, "milk");
            shop.click("u" + i, "bread");
            shop.click("v" + i, "nail");
        }
        shop.click("one", "milk");
        assertEquals(List.of(bread), retrieve("covisitation", shop.user("one", 1), 10));
        assertTrue(shop.state.catalog().isAvailable(nail) && milk >= 0);
    }

    @Test
    void trending_forgets() {
        shop.item("old");
        int fresh = shop.item("fresh");
        for (int i = 0; i < 100; i++) {
            shop.click("u" + i, "old");
        }
        shop.tick(Duration.ofDays(10).toSeconds());
        shop.click("u1", "fresh");
        assertEquals(fresh, retrieve("trending", shop.user("nobody", 1), 10).getFirst());
    }

    @Test
    void trending_isNotMovedByImpressionsAndComplaints() {
        shop.item("seen");
        shop.act("u", "seen", ActionType.IMPRESSION);
        shop.act("u", "seen", ActionType.COMPLAINT);
        assertEquals(List.of(), retrieve("trending", shop.user("nobody", 1), 10));
    }

    @Test
    void random_drawsEachItemAboutEquallyOften() {
        shop.fill(SEED, 0);
        int[] drawn = new int[100];
        for (int seed = 0; seed < 10_000; seed++) {
            for (int item : retrieve("random", shop.user("nobody", seed), 5)) {
                drawn[item]++;
            }
        }
        // 500 expected, standard deviation about 22
        for (int item = 0; item < 100; item++) {
            assertTrue(drawn[item] > 380 && drawn[item] < 620, "item " + item + " was drawn " + drawn[item] + " times");
        }
        assertEquals(retrieve("random", shop.user("nobody", 7), 20), retrieve("random", shop.user("nobody", 7), 20));
        assertEquals(100, retrieve("random", shop.user("nobody", 7), 200).size(), "all items, each once");
    }

    @Test
    void restore_fromASnapshot_proposesAsBefore_andGoesOnAlike(@TempDir Path directory) throws IOException {
        Path features = directory.resolve("features");
        Path file = directory.resolve("indexes");
        try (StoredShop first = StoredShop.empty(directory.resolve("first"))) {
            first.shop.fill(SEED, 3_000);
            first.shop.delete("i20");
            first.shop.state.save(features);
            SnapshotHeader header = new SnapshotHeader("indexes", 1, first.shop.state.appliedOffset(), SmallShop.START);
            try (SnapshotWriter writer = SnapshotWriter.create(file, header)) {
                first.indexes.save(writer);
                writer.commit();
            }
            try (StoredShop second = first.restarted(directory.resolve("second"), features, file)) {
                second.shop.tick((first.shop.nowMillis() - second.shop.nowMillis()) / 1_000);
                assertSameProposals(first, second);
                for (StoredShop each : List.of(first, second)) {
                    each.shop.item("later", "t4");
                    each.shop.click("u4", "later");
                    each.shop.click("u5", "i4");
                    each.shop.click("u5", "later");
                }
                assertSameProposals(first, second);
            }
        }
    }

    @Test
    void userContext_withACountBeyondItsArrays_isRefused() {
        UserContext user = new UserContext(4);
        assertThrows(IllegalArgumentException.class, () -> user.historyCount(5));
        assertThrows(InvalidValueException.class, () -> new CandidateBuffer(0));
    }

    private void assertSameProposals(StoredShop first, StoredShop second) {
        for (int s = 0; s < 5; s++) {
            CandidateSource source = second.indexes.sources().get(s);
            for (int user = 0; user < 10; user++) {
                List<Integer> expected =
                        retrieve(first.indexes.sources().get(s), first.shop.user("u" + user, user), 20);
                List<Integer> found = retrieve(source, second.shop.user("u" + user, user), 20);
                assertEquals(expected, found, source.name() + " for user " + user);
            }
        }
    }

    private void assertDescending(String name) {
        for (int i = 1; i < buffer.size(); i++) {
            assertTrue(buffer.score(i) <= buffer.score(i - 1), name);
        }
    }

    private List<Integer> retrieve(String name, UserContext user, int limit) {
        return retrieve(source(name), user, limit);
    }

    private void retrieveOften(CandidateSource source, UserContext context, int times) {
        for (int i = 0; i < times; i++) {
            buffer.clear();
            source.retrieve(context, 50, Deadline.none(), buffer);
        }
    }

    private CandidateSource source(String name) {
        return indexes.sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<Integer> retrieve(CandidateSource source, UserContext user, int limit) {
        buffer.clear();
        int count = source.retrieve(user, limit, Deadline.none(), buffer);
        assertEquals(count, buffer.size());
        assertFalse(buffer.isPartial());
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            found.add(buffer.item(i));
        }
        return found;
    }
}
