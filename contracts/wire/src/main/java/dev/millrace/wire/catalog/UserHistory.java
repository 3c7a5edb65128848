package dev.millrace.wire.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.wire.Given;
import dev.millrace.wire.recommend.RecommendResponse.DegradedStage;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * What a user liked lately, newest first.
 *
 * @param degraded what is missing, and why, as in a recommendation; empty for a whole answer
 */
public record UserHistory(String user, List<Entry> entries, List<DegradedStage> degraded) {
    public UserHistory {
        entries = Given.list("entries", entries);
        degraded = Given.list("degraded", degraded);
    }

    /** One action. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(String item, @Nullable String title, List<String> topics, String type, Instant timestamp) {
        public Entry {
            topics = Given.list("topics", topics);
        }
    }
}
