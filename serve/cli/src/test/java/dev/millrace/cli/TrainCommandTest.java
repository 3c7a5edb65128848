package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.eventlog.EventLogConfig;
import dev.millrace.eventlog.SegmentEventLog;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

class TrainCommandTest {
    private static final long SEED = 3;
    private static final int IMPRESSIONS = 6_000;

    @TempDir
    private Path data;

    /** Everybody comes once, so that there are no sequences; half of the items are clicked far more often. */
    private void show() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < IMPRESSIONS; i++) {
            Instant time = Instant.EPOCH.plusSeconds(1_000_000_000L + i);
            UserId user = new UserId("u" + i);
            int number = random.nextInt(40);
            ItemId item = new ItemId("i" + number);
            events.add(new Event.Action(new EventId("s" + i), time, user, item, ActionType.IMPRESSION, 1, null));
            if (random.nextDouble() < (number % 2 == 0 ? 0.6 : 0.1)) {
                events.add(new Event.Action(new EventId("c" + i), time, user, item, ActionType.CLICK, 1, null));
            }
        }
        try (SegmentEventLog log = SegmentEventLog.open(data.resolve("log"), EventLogConfig.defaults())) {
            log.appendAll(events).join();
        }
    }

    @Test
    void rankerThatIsPublished_whereTheModelHasTooLittle_isNoFailure() {
        show();
        CommandRun run = CommandRun.of(
                "train",
                "--data-dir",
                data.toString(),
                "--with-ranker",
                "--least-impressions",
                Integer.toString(IMPRESSIONS));
        assertTrue(run.out().contains("Nothing learnt: "), run.out() + run.err());
        assertTrue(run.out().contains("Published ranker "), run.out() + run.err());
        assertEquals(ExitCode.OK, run.exitCode(), run.out());

        CommandRun again = CommandRun.of("train", "--data-dir", data.toString());
        assertEquals(ExitCode.FAILED, again.exitCode(), "nothing at all was learnt: " + again.out());
    }
}
