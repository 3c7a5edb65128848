package dev.millrace.fuzz;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.millrace.eventlog.EventCodec;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;

/** Any bytes are taken for a stored event; what is read as one is written and read again as the same. */
public final class EventTarget {
    private EventTarget() {}

    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        byte[] bytes = data.consumeRemainingAsBytes();
        Event event;
        try {
            event = EventCodec.decode(bytes, 0, bytes.length);
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.STORAGE_FAILED) {
                throw e;
            }
            return;
        }
        byte[] again = EventCodec.encode(event);
        if (!event.equals(EventCodec.decode(again, 0, again.length))) {
            throw new AssertionError(event + " is another when it was written and read");
        }
    }
}
