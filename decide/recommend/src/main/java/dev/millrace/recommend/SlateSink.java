package dev.millrace.recommend;

import dev.millrace.model.Event;

/** Where a served slate goes once it is answered; called after the answer is made, by the request's thread. */
@FunctionalInterface
public interface SlateSink {
    /** Takes the event without blocking; it reports its own failures, since the answer is already given. */
    void accept(Event.SlateServed served);

    /** Forgets every slate. */
    static SlateSink none() {
        return served -> {};
    }
}
