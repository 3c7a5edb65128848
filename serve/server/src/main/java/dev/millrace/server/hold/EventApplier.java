package dev.millrace.server.hold;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.features.FeatureState;
import dev.millrace.model.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies events to the state, live and in the replay at start alike: one that the state cannot take is told and passed
 * over, since it must neither stop the ones behind it nor the next start. Owned by the state's one writer.
 */
public final class EventApplier implements EventConsumer {
    private static final Logger log = LoggerFactory.getLogger(EventApplier.class);

    private final FeatureState state;

    public EventApplier(FeatureState state) {
        this.state = state;
    }

    @Override
    public void accept(long offset, Event event) {
        try {
            state.apply(offset, event);
        } catch (RuntimeException e) {
            log.error("event {} at offset {} was not applied", event.id(), offset, e);
        }
    }
}
