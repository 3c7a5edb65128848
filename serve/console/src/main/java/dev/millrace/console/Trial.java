package dev.millrace.console;

import dev.millrace.wire.catalog.UserHistory;
import dev.millrace.wire.recommend.RecommendResponse;

import java.util.List;

/**
 * What <i>Try it</i> shows of one user: the history, the slate, and how it differs from the slate before.
 *
 * @param before the items of the slate before, in order
 * @param note what happened since; may be empty
 */
public record Trial(
        String user, String scenario, UserHistory history, RecommendResponse slate, List<String> before, String note) {
    private static final int SHOWN_HISTORY = 12;

    public Movement movement(RecommendResponse.RankedItem item) {
        return Movement.of(before, item.item(), item.rank());
    }

    /** The items of this slate, as the next request's {@code before}. */
    public String items() {
        return String.join(
                "\n",
                slate.items().stream().map(RecommendResponse.RankedItem::item).toList());
    }

    /** The newest actions, newest first. */
    public List<UserHistory.Entry> newest() {
        List<UserHistory.Entry> entries = history.entries();
        return entries.subList(0, Math.min(SHOWN_HISTORY, entries.size()));
    }

    /** What stands where there is no action. */
    public String whyEmpty() {
        return history.degraded().isEmpty()
                ? "No action yet: this user is a newcomer."
                : "Not known now: " + history.degraded().getFirst().reason() + ".";
    }

    public long slowestMicros() {
        return slate.stages().stream()
                .mapToLong(RecommendResponse.StageTrace::micros)
                .max()
                .orElse(1);
    }
}
