package dev.millrace.wire.imports;

import java.io.IOException;

import dev.millrace.model.Event;

/** Takes the events of an import in their order. */
@FunctionalInterface
public interface EventSink {
    void accept(Event event) throws IOException;
}
