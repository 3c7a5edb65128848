package dev.millrace.eventlog;

import dev.millrace.model.Event;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.storage.cipher.SharedPool;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.personal.ValuePlace;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;

/**
 * Encrypts events of users, each with its user's key, and decrypts them. Thread-safe.
 *
 * <p>Encrypted is the whole event; in the clear remain the hash of its id, by which repetitions are known, and the number of the key.
 * Both are authenticated with it. Plain bytes are overwritten as soon as they were used.
 */
public final class EventCipher {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** "MILLEVT2" as a little-endian number: in the place of a table's number, which has 32 bits. */
    private static final long EVENTS = 0x32545645_4C4C494DL;

    private final PersonalCipher cipher;
    private final SharedPool<Scratch> pool = new SharedPool<>(Scratch::new);

    /** Owned by the thread that borrowed it. */
    private static final class Scratch {
        final EventIdHash hash = new EventIdHash();
        byte[] plain = new byte[1024];

        void fit(int bytes) {
            if (plain.length < bytes) {
                plain = new byte[Integer.highestOneBit(bytes - 1) << 1];
            }
        }
    }

    /** What became of reading an event: it is there, or why it is not. */
    sealed interface Opened {
        record Present(Event event) implements Opened {}

        record Missing(Withheld why) implements Opened {}
    }

    public EventCipher(KeyTable keys) {
        this.cipher = new PersonalCipher(keys);
    }

    /** The id of the key table, which a log is bound to. */
    String tableId() {
        return cipher.keys().id();
    }

    /** Whose event it is; nothing for what is said of items. */
    public static @Nullable UserId userOf(Event event) {
        return switch (event) {
            case Event.Action action -> action.user();
            case Event.UserUpserted upserted -> upserted.user().id();
            case Event.UserDeleted deleted -> deleted.user();
            case Event.SlateServed served -> served.user();
            case Event.ItemUpserted _, Event.ItemDeleted _ -> null;
        };
    }

    PersonalOutcome outlook(SubjectId subject) {
        return cipher.outlook(subject);
    }

    /** Makes keys for those who never had one; returns when they are on disk. */
    void admit(Collection<SubjectId> subjects) {
        cipher.admitUnknown(subjects);
    }

    /**
     * Writes an encoded event encrypted.
     *
     * @return {@code DONE}; otherwise nothing is written
     */
    PersonalOutcome seal(SubjectId subject, byte[] event, int from, int length, EventOutput out) {
        Scratch scratch = pool.borrow();
        try {
            EventIdHash hash = scratch.hash;
            hash.ofEvent(event, from, length);
            int at = out.size();
            byte[] into = out.claim(length + SealedFormat.OVERHEAD_BYTES);
            MemorySegment stored = MemorySegment.ofArray(into);
            into[at] = SealedFormat.VERSION;
            stored.set(WORD, at + SealedFormat.HIGH_AT, hash.high);
            stored.set(WORD, at + SealedFormat.LOW_AT, hash.low);
            PersonalOutcome outcome = cipher.encryptKnown(
                    subject,
                    new ValuePlace(EVENTS, hash.high, hash.low),
                    MemorySegment.ofArray(event).asSlice(from, length),
                    stored.asSlice(at + SealedFormat.SEALED_AT));
            if (outcome != PersonalOutcome.DONE) {
                out.cutTo(at);
            }
            return outcome;
        } finally {
            pool.giveBack(scratch);
        }
    }

    /** Reads a stored event of any version. */
    Opened open(byte[] bytes, int from, int length) {
        return SealedFormat.isSealed(bytes, from, length)
                ? unseal(bytes, from, length)
                : withheldIfErased(EventCodec.decode(bytes, from, length));
    }

    /** An event that was stored before events were encrypted is older than every drop. */
    private Opened withheldIfErased(Event event) {
        UserId user = userOf(event);
        return user != null && cipher.keys().wasDropped(SubjectId.of(user.value()))
                ? new Opened.Missing(Withheld.ERASED)
                : new Opened.Present(event);
    }

    private Opened unseal(byte[] bytes, int from, int length) {
        int plainBytes = length - SealedFormat.OVERHEAD_BYTES;
        if (plainBytes < 1) {
            throw EventInput.unreadable("it is encrypted and has " + length + " bytes");
        }
        MemorySegment stored = MemorySegment.ofArray(bytes).asSlice(from, length);
        Scratch scratch = pool.borrow();
        try {
            scratch.fit(plainBytes);
            ValuePlace place = new ValuePlace(
                    EVENTS, stored.get(WORD, SealedFormat.HIGH_AT), stored.get(WORD, SealedFormat.LOW_AT));
            PersonalOutcome outcome =
                    cipher.decrypt(place, stored.asSlice(SealedFormat.SEALED_AT), MemorySegment.ofArray(scratch.plain));
            return switch (outcome) {
                case DONE -> new Opened.Present(EventCodec.decode(scratch.plain, 0, plainBytes));
                case ERASED -> new Opened.Missing(Withheld.ERASED);
                case DAMAGED -> new Opened.Missing(Withheld.LOST);
                case UNKNOWN -> throw unknownKey();
            };
        } finally {
            Arrays.fill(scratch.plain, 0, Math.min(plainBytes, scratch.plain.length), (byte) 0);
            pool.giveBack(scratch);
        }
    }

    private static MillraceException unknownKey() {
        return EventInput.unreadable("its key is younger than the key table, which was put back from an older copy;"
                + " put back the newest one");
    }
}
