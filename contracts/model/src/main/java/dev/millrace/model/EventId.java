package dev.millrace.model;

/** The caller's name of an event; sending an event with a known id again has no effect. */
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
