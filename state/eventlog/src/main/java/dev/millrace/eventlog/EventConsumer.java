package dev.millrace.eventlog;

import dev.millrace.model.Event;

/** Takes events in the order of their offsets. */
@FunctionalInterface
public interface EventConsumer {
    void accept(long offset, Event event);
}
