package dev.millrace.eventlog;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Turns events into the bytes that are stored, those of users encrypted. Thread-safe.
 *
 * <p>The appending thread encrypts for whoever has a key. Who has none waits for the writing thread, which makes the keys of a whole
 * group with one synchronisation.
 */
final class AppendEncoder {
    private static final int FIRST_BYTES = 128;
    private static final int MOST_FIRST_EVENTS = 1024;

    private final int maxEventBytes;
    private final @Nullable EventCipher cipher;

    /** @param cipher nothing where events are stored in the clear */
    AppendEncoder(int maxEventBytes, @Nullable EventCipher cipher) {
        this.maxEventBytes = maxEventBytes;
        this.cipher = cipher;
    }

    /** @throws MillraceException (TOO_LARGE) naming the event */
    PendingAppend encode(List<? extends Event> events, CompletableFuture<List<Receipt>> done) {
        int count = events.size();
        EventOutput out = new EventOutput(FIRST_BYTES * Math.max(1, Math.min(count, MOST_FIRST_EVENTS)));
        EventOutput plain = new EventOutput(FIRST_BYTES);
        int[] ends = new int[count];
        List<@Nullable SubjectId> keyless = null;
        for (int i = 0; i < count; i++) {
            Event event = events.get(i);
            UserId user = cipher == null ? null : EventCipher.userOf(event);
            if (user == null) {
                int start = out.size();
                EventCodec.encode(event, out);
                requireSize(event, out.size() - start);
            } else {
                SubjectId subject = SubjectId.of(user.value());
                if (!seal(event, subject, plain, out)) {
                    keyless = keyless != null ? keyless : new ArrayList<>(Arrays.asList(new SubjectId[count]));
                    keyless.set(i, subject);
                }
            }
            ends[i] = out.size();
        }
        return new PendingAppend(out.bytes(), ends, keyless, done, System.nanoTime());
    }

    /** @return false where the user has no key yet: then the event is in the clear */
    private boolean seal(Event event, SubjectId subject, EventOutput plain, EventOutput out) {
        plain.cutTo(0);
        EventCodec.encode(event, plain);
        try {
            requireSize(event, plain.size());
            boolean keyless = sealOrRefuse(subject, plain.bytes(), 0, plain.size(), out) == PersonalOutcome.UNKNOWN;
            if (keyless) {
                out.write(plain.bytes(), 0, plain.size());
            }
            return !keyless;
        } finally {
            plain.erase();
        }
    }

    /** Makes the keys that are missing in a group and encrypts what waited for them; returns when the keys are on disk. */
    List<PendingAppend> sealed(List<PendingAppend> group) {
        List<SubjectId> missing = new ArrayList<>();
        group.forEach(append -> append.addKeyless(missing));
        if (missing.isEmpty() || cipher == null) {
            return group;
        }
        cipher.admit(missing);
        List<PendingAppend> sealed = new ArrayList<>(group.size());
        for (PendingAppend append : group) {
            sealed.add(append.isKeyless() ? sealed(append) : append);
        }
        return sealed;
    }

    private PendingAppend sealed(PendingAppend append) {
        EventOutput out = new EventOutput((int) append.totalBytes() + append.size() * SealedFormat.OVERHEAD_BYTES);
        int[] ends = new int[append.size()];
        for (int i = 0; i < ends.length; i++) {
            SubjectId subject = append.keyless(i);
            if (subject == null) {
                out.write(append.bytes(), append.start(i), append.length(i));
            } else if (sealOrRefuse(subject, append.bytes(), append.start(i), append.length(i), out)
                    == PersonalOutcome.UNKNOWN) {
                throw new IllegalStateException("the key of " + subject + " was made and is not there");
            }
            ends[i] = out.size();
        }
        append.erase();
        return new PendingAppend(out.bytes(), ends, null, append.done(), append.arrivedNanos());
    }

    /** Writes nothing for an erased user: an event of no bytes is not stored. */
    private PersonalOutcome sealOrRefuse(SubjectId subject, byte[] bytes, int from, int length, EventOutput out) {
        if (cipher == null) {
            throw new IllegalStateException("a log without keys encrypts nothing");
        }
        PersonalOutcome outcome = cipher.seal(subject, bytes, from, length, out);
        if (outcome == PersonalOutcome.DAMAGED) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the key of user " + subject
                            + " is damaged in the key table; put the key table back from a copy, or"
                            + " erase the user");
        }
        return outcome;
    }

    private void requireSize(Event event, int bytes) {
        if (bytes > maxEventBytes) {
            throw new MillraceException(
                    ErrorCode.TOO_LARGE,
                    "event " + event.id() + " takes " + bytes + " bytes, the limit is " + maxEventBytes
                            + " (log.max-event-bytes). Send less text in its item or user");
        }
    }
}
