package dev.millrace.eventlog;

import dev.millrace.model.Event;

/** Takes events in the order of their offsets. */
@FunctionalInterface
public interface EventConsumer {
    void accept(long offset, Event event);

    /** In the place of an event that cannot be read any more; it has its offset, and that is all. */
    default void withheld(long offset, Withheld why) {}
}
