package dev.millrace.model;

/**
 * The caller's name of an event. Sending an event again has no effect while the first is among the newest events of the
 * log, 4,194,304 by default ({@code log.window-events}); older ids are forgotten, and such an event counts again.
 */
public record EventId(String value) implements Comparable<EventId> {
    public EventId {
        Ids.requireValid("EventId", value);
    }

    @Override
    public int compareTo(EventId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
