package dev.millrace.wire.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/** What a user liked lately, newest first. */
public record UserHistory(String user, List<Entry> entries) {
    public UserHistory {
        entries = Given.list("entries", entries);
    }

    /** One action. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(String item, @Nullable String title, List<String> topics, String type, Instant timestamp) {
        public Entry {
            topics = Given.list("topics", topics);
        }
    }
}
