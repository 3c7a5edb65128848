package dev.millrace.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.FoldedRows;
import dev.millrace.features.rows.FoldedValues;
import dev.millrace.features.rows.ImportedRows;
import dev.millrace.features.rows.MemoryTables;
import dev.millrace.model.ActionType;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.storage.MemoryValueTable;
import dev.millrace.storage.ValueTable;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** What the writer of the state does while the store fails. */
final class IngestAgentTest {
    private static final UserId ANNA = new UserId("anna");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    /** Of a log whose next event waits for the store. */
    private static final class WaitingReader implements LogReader {
        @Override
        public long offset() {
            return 1;
        }

        @Override
        public int poll(EventConsumer consumer, int max) {
            throw new MillraceException(ErrorCode.STORAGE_FAILED, "the event waits");
        }

        @Override
        public boolean await(Duration timeout) {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void forget_whileAnEventWaits_isNotKeptWaiting() throws InterruptedException {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        assertTrue(state.apply(0, new Event.UserUpserted(new EventId("e"), NOW, new User(ANNA, Map.of()))));
        AppliedOffsets applied = new AppliedOffsets(1);
        IngestAgent agent =
                new IngestAgent(new WaitingReader(), state, applied, new Freshness(applied), offset -> false);
        CompletableFuture<Boolean> forgotten = agent.forget(ANNA);
        assertEquals(0, agent.standstillMillis());
        assertEquals(0, agent.doWork(), "the failure is told, and the agent goes on");
        assertEquals(0, agent.doWork());
        assertTrue(agent.standstillMillis() >= 100, "it stands still since the first failure");
        assertTrue(forgotten.isDone(), "the user is forgotten");
        assertEquals(-1, state.users().ordinal(ANNA));
    }

    /** What nobody can read yet was not applied, for whoever waits for it. */
    @Test
    void events_whoseRowsTheStoreDoesNotTake_areToldAppliedWhenItHasThem() throws InterruptedException {
        FullTables tables = new FullTables();
        FeatureState state = new FeatureState(FeaturesConfig.defaults(), tables);
        AppliedOffsets applied = new AppliedOffsets(0);
        GivenReader reader = new GivenReader(click(0), click(1), click(2));
        IngestAgent agent = new IngestAgent(reader, state, applied, new Freshness(applied), offset -> false);
        tables.full = true;
        assertEquals(0, agent.doWork(), "the failure is told, and the agent goes on");
        assertEquals(3, reader.offset());
        assertEquals(0, applied.applied());
        assertEquals(0, tables.writes);
        tables.full = false;
        assertEquals(0, agent.doWork(), "nothing new is in the log");
        assertEquals(3, applied.applied());
        assertEquals(1, tables.writes, "one row of one user, whatever they did");
        int anna = state.users().ordinal(ANNA);
        assertEquals(3, state.userRows().read(anna, state.userRows().room()).historyCount());
    }

    private static Event click(int i) {
        return new Event.Action(new EventId("e" + i), NOW, ANNA, new ItemId("i" + i), ActionType.CLICK, 1, null);
    }

    /** Of a log with a few events. */
    private static final class GivenReader implements LogReader {
        private final List<Event> events;
        private int next;

        GivenReader(Event... events) {
            this.events = List.of(events);
        }

        @Override
        public long offset() {
            return next;
        }

        @Override
        public int poll(EventConsumer consumer, int max) {
            int from = next;
            while (next < events.size() && next - from < max) {
                consumer.accept(next, events.get(next));
                next++;
            }
            return next - from;
        }

        @Override
        public boolean await(Duration timeout) {
            return next < events.size();
        }

        @Override
        public void close() {}
    }

    /** Tables in memory, of which that of users may take nothing. */
    private static final class FullTables implements FeatureTables {
        private final MemoryTables memory = new MemoryTables();
        private final FoldedValues users = new FoldedValues(new Users());
        private boolean full;
        private int writes;

        @Override
        public FoldedRows rows(FeatureTable table) {
            return memory.rows(table);
        }

        @Override
        public FoldedValues values(FeatureTable table) {
            return table == FeatureTable.USERS ? users : memory.values(table);
        }

        @Override
        public @Nullable PersonalCipher cipher() {
            return null;
        }

        @Override
        public boolean reachBack(long offset, Set<FeatureTable> of) {
            return false;
        }

        @Override
        public void settle(long offset, @Nullable ImportedRows imported, IntFunction<@Nullable UserId> users) {}

        @Override
        public void keepAsOf(long offset) {}

        private final class Users implements ValueTable {
            private final MemoryValueTable table = new MemoryValueTable(4096, 100);

            @Override
            public long put(long key, MemorySegment from, long offset, int bytes) {
                if (full) {
                    throw new MillraceException(ErrorCode.STORAGE_FAILED, "the disk is full");
                }
                writes++;
                return table.put(key, from, offset, bytes);
            }

            @Override
            public int maxValueBytes() {
                return table.maxValueBytes();
            }

            @Override
            public long size() {
                return table.size();
            }

            @Override
            public int get(long key, MemorySegment into, long offset) {
                return table.get(key, into, offset);
            }

            @Override
            public long getBatch(long[] keys, int count, MemorySegment into, long offset, int[] lengths) {
                return table.getBatch(keys, count, into, offset, lengths);
            }

            @Override
            public long putBatch(long[] keys, int count, MemorySegment from, long offset, int[] lengths) {
                return table.putBatch(keys, count, from, offset, lengths);
            }

            @Override
            public boolean remove(long key) {
                return table.remove(key);
            }

            @Override
            public void forEach(ValueVisitor visitor) {
                table.forEach(visitor);
            }

            @Override
            public void close() {}
        }
    }

    /** The agent looks at an idle log seldom: that is no lag. */
    @Test
    void lag_whereTheStateHasTheWholeLog_isNone_howeverLongAgoItWasLookedAt() throws InterruptedException {
        FeatureState state = new FeatureState(FeaturesConfig.defaults());
        AppliedOffsets applied = new AppliedOffsets(1);
        IngestAgent agent =
                new IngestAgent(new WaitingReader(), state, applied, new Freshness(applied), offset -> false);
        assertEquals(0, agent.doWork(), "waits a tenth of a second after the failure");
        assertEquals(0, agent.lagMillis(1));
        assertTrue(agent.lagMillis(2) >= 100, "an event that is not applied is as old as the last look");
    }
}
