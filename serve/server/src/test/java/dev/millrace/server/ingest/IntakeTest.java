package dev.millrace.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.eventlog.EventLog;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.MemoryEventLog;
import dev.millrace.eventlog.Receipt;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What is counted of what the log says. */
final class IntakeTest {
    /** Takes every event but the last of a call, whose user was erased meanwhile. */
    private static final class ErasingLog implements EventLog {
        private final MemoryEventLog taken = new MemoryEventLog();

        @Override
        public CompletableFuture<Receipt> append(Event event) {
            return CompletableFuture.completedFuture(Receipt.ERASED);
        }

        @Override
        public CompletableFuture<List<Receipt>> appendAll(List<? extends Event> events) {
            List<Receipt> receipts = new ArrayList<>(
                    taken.appendAll(events.subList(0, events.size() - 1)).join());
            receipts.add(Receipt.ERASED);
            return CompletableFuture.completedFuture(receipts);
        }

        @Override
        public void protectFrom(long offset) {}

        @Override
        public long begin() {
            return 0;
        }

        @Override
        public long end() {
            return taken.end();
        }

        @Override
        public LogReader read(long fromOffset) {
            return taken.read(fromOffset);
        }

        @Override
        public void close() {
            taken.close();
        }
    }

    private static Event event(String id) {
        return new Event.ItemDeleted(new EventId(id), Instant.EPOCH, new ItemId("i"));
    }

    @Test
    void eventOfAnErasedUser_isNeitherAcceptedNorMeasured() {
        AppliedOffsets applied = new AppliedOffsets(0);
        Freshness freshness = new Freshness(applied);
        try (ErasingLog log = new ErasingLog()) {
            Intake intake = new Intake(log, applied, freshness);
            assertEquals(2, intake.storeNow(List.of(event("a"), event("b"))).size());
            assertEquals(1, intake.accepted());
            assertEquals(0, intake.duplicates());
            assertEquals(
                    0,
                    freshness.micros().getIntervalHistogram().getTotalCount(),
                    "an event that is nowhere has no age");
        }
    }
}
