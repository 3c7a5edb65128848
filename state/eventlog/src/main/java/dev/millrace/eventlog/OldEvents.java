package dev.millrace.eventlog;

import dev.millrace.model.UserId;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.Set;

/**
 * The events that a log held before it was encrypted. Their users get keys when it is first opened with a key table: all with some
 * synchronisations then, rather than one each while the events are folded into encrypted rows. Used once by the opening thread.
 */
final class OldEvents {
    private static final Logger log = LoggerFactory.getLogger(OldEvents.class);
    private static final int AT_ONCE = 1 << 16;
    private static final int POLLED = 4096;

    private final EventCipher cipher;
    private final Set<SubjectId> users = new HashSet<>();
    private long admitted;

    OldEvents(EventCipher cipher) {
        this.cipher = cipher;
    }

    void admitUsers(ReadableEventLog events) {
        try (LogReader reader = events.read(events.begin())) {
            while (reader.poll((offset, event) -> note(EventCipher.userOf(event)), POLLED) > 0) {
                if (users.size() >= AT_ONCE) {
                    admit();
                }
            }
        }
        admit();
        if (admitted > 0) {
            log.info(
                    "{} users of events in the clear have keys now; the events stay in the clear, and are passed over once their"
                            + " user is erased",
                    admitted);
        }
    }

    private void note(@Nullable UserId user) {
        if (user != null) {
            users.add(SubjectId.of(user.value()));
        }
    }

    private void admit() {
        cipher.admit(users);
        admitted += users.size();
        users.clear();
    }
}
