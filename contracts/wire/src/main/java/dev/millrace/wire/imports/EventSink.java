package dev.millrace.wire.imports;

import dev.millrace.model.Event;

import java.io.IOException;

/** Takes the events of an import in their order. */
@FunctionalInterface
public interface EventSink {
    void accept(Event event) throws IOException;
}
