package dev.millrace.server;

import dev.millrace.eventlog.EventLog;
import dev.millrace.model.Event;
import dev.millrace.recommend.SlateSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes served slates to the log, after the answer; a slate that cannot be written is told and lost. Thread-safe. */
final class LogSink implements SlateSink {
    private static final Logger logger = LoggerFactory.getLogger(LogSink.class);

    private final EventLog log;

    LogSink(EventLog log) {
        this.log = log;
    }

    @Override
    public void accept(Event.SlateServed served) {
        var _ = log.append(served).whenComplete((receipt, failure) -> {
            if (failure != null) {
                logger.warn("slate {} was not logged", served.recommendation(), failure);
            }
        });
    }
}
