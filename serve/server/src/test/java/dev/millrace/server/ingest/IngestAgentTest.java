package dev.millrace.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.features.FeatureState;
import dev.millrace.features.FeaturesConfig;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.MillraceException;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

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
