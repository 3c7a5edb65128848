package dev.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.recommend.RecommendResponse;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

class TrialTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

    @Test
    void newest_ofALongHistory_isItsBeginningAsTheApiGivesIt() {
        List<UserHistory.Entry> history = IntStream.range(0, 40)
                .mapToObj(age -> new UserHistory.Entry("i" + age, null, List.of(), "click", NOW.minusSeconds(age)))
                .toList();
        Trial trial = new Trial("u", "home", new UserHistory("u", history, List.of()), slate(), List.of(), "");
        List<UserHistory.Entry> shown = trial.newest();
        assertEquals(history.subList(0, shown.size()), shown);
        assertEquals(12, shown.size());
    }

    private static RecommendResponse slate() {
        return new RecommendResponse("r", "u", "home", "home", "", List.of(), List.of(), List.of(), null, 1);
    }
}
