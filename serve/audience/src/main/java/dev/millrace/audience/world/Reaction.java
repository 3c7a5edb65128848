package dev.millrace.audience.world;

/** What a person did with one item of a slate. */
public record Reaction(Work work, Kind kind) {
    /** The kinds of reaction, by the names that events give them. */
    public enum Kind {
        CLICK("click"),
        LONG_VIEW("long_view"),
        LIKE("like"),
        COMPLAINT("complaint");

        private final String eventType;

        Kind(String eventType) {
            this.eventType = eventType;
        }

        public String eventType() {
            return eventType;
        }
    }
}
