package dev.millrace.server.hold;

import dev.millrace.eventlog.EventConsumer;
import dev.millrace.eventlog.LogReader;
import dev.millrace.eventlog.Withheld;
import dev.millrace.features.FeatureState;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.atomic.LongAdder;

/**
 * Applies events to the state, live and in the replay at start alike: one that the state cannot take is told and passed
 * over, since it must neither stop the ones behind it nor the next start. Where the store fails, the event is not passed
 * over: it waits, and those behind it. Owned by the state's one writer; any thread may read the counts.
 */
public final class EventApplier implements EventConsumer {
    private static final Logger log = LoggerFactory.getLogger(EventApplier.class);

    private final FeatureState state;
    private final LongAdder erased = new LongAdder();
    private final LongAdder lost = new LongAdder();
    /** The offset behind the newest event that was taken or passed over, and behind the newest whose rows are shown. */
    private long reached;

    private long shown;

    public EventApplier(FeatureState state) {
        this.state = state;
    }

    @Override
    public void accept(long offset, Event event) {
        apply(offset, event);
        reached = offset + 1;
    }

    private void apply(long offset, Event event) {
        try {
            state.applyInGroup(offset, event);
        } catch (RuntimeException e) {
            if (e instanceof MillraceException refused && refused.code() == ErrorCode.CONFLICT) {
                // The user was erased between the decryption and the writing of their row.
                withheld(offset, Withheld.ERASED);
                return;
            }
            if (e instanceof MillraceException failure && isOfTheStore(failure.code())) {
                throw waiting("event " + event.id() + " at offset " + offset, failure);
            }
            log.error("event {} at offset {} was not applied", event.id(), offset, e);
        }
    }

    /** Applies the next events of a log, and shows readers what became of them, also where one in the middle has to wait. */
    public int applyGroup(LogReader reader, int most) {
        try {
            return reader.poll(this, most);
        } finally {
            endGroup();
        }
    }

    private void endGroup() {
        try {
            state.endGroup();
            shown = reached;
        } catch (MillraceException e) {
            throw isOfTheStore(e.code())
                    ? waiting("what events below offset " + state.appliedOffset() + " changed", e)
                    : e;
        }
    }

    private static MillraceException waiting(String what, MillraceException failure) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                what + " waits, and the events behind it: " + failure.getMessage() + advice(failure.code()),
                failure);
    }

    /** Of an erased user as a rule; where a key is damaged, that is told once. */
    @Override
    public void withheld(long offset, Withheld why) {
        switch (why) {
            case ERASED -> erased.increment();
            case LOST -> {
                if (lost.sum() == 0) {
                    log.error(
                            "event at offset {} cannot be decrypted and is passed over, as are others of its user: their key, or"
                                    + " the event, is damaged. Put the key table back from a copy, if there is one",
                            offset);
                }
                lost.increment();
            }
        }
        state.skip(offset);
        reached = offset + 1;
    }

    /** The offset below which readers see what became of every event; 0 before the first group. */
    public long shown() {
        return shown;
    }

    /** Events that were passed over, since their users were erased. */
    public long erased() {
        return erased.sum();
    }

    /** Events that were passed over, since they cannot be decrypted. */
    public long lost() {
        return lost.sum();
    }

    /** A tier that is late loses nothing, and must cost no store. */
    private static String advice(ErrorCode code) {
        return code == ErrorCode.STORAGE_FAILED
                ? "; where a file of the store is damaged, delete DATA/store and start again while the log is whole, else put"
                        + " store and snapshots back from a backup"
                : "";
    }

    /** It fails, a tier of it is late, or it is being closed. */
    private static boolean isOfTheStore(ErrorCode code) {
        return code == ErrorCode.STORAGE_FAILED || code == ErrorCode.UNAVAILABLE;
    }
}
