package dev.millrace.features;

import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.personal.ValuePlace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** How users stand in a snapshot: each encrypted with their own key, where there are keys. Owned by one thread. */
final class SealedUsers {
    /** Deleted or erased: nothing follows. */
    static final int GONE = 0;

    private static final int PLAIN = 1;
    private static final int SEALED = 2;

    /** "MILLUSR1" as a little-endian number: in the place of a table's number, which has 32 bits. */
    private static final long USERS = 0x31525355_4C4C494DL;

    private static final Logger log = LoggerFactory.getLogger(SealedUsers.class);

    /**
     * A user of a snapshot.
     *
     * @param content nothing where no attributes were given
     */
    record Known(UserId id, @Nullable User content) {}

    private final @Nullable PersonalCipher cipher;
    private final long offset;
    private boolean there;

    /**
     * @param cipher nothing where users are in the clear
     * @param offset of the log for which the snapshot stands
     */
    SealedUsers(@Nullable PersonalCipher cipher, long offset) {
        this.cipher = cipher;
        this.offset = offset;
    }

    void write(int ordinal, UserId id, @Nullable User content, DataOutput out) throws IOException {
        if (cipher == null) {
            out.writeByte(PLAIN);
            writeContent(id, content, out);
            return;
        }
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        writeContent(id, content, new DataOutputStream(plain));
        byte[] bytes = plain.toByteArray();
        byte[] sealed = new byte[bytes.length + PersonalCipher.OVERHEAD_BYTES];
        PersonalOutcome outcome = cipher.encrypt(
                SubjectId.of(id.value()), place(ordinal), MemorySegment.ofArray(bytes), MemorySegment.ofArray(sealed));
        Arrays.fill(bytes, (byte) 0);
        switch (outcome) {
            case DONE -> {
                out.writeByte(SEALED);
                out.writeInt(sealed.length);
                out.write(sealed);
            }
            // Their key is gone, and they are about to be.
            case ERASED -> out.writeByte(GONE);
            case UNKNOWN, DAMAGED ->
                throw new IOException("the key of user " + SubjectId.of(id.value())
                        + " is damaged in the key table; put the key table back from a copy, or erase the user");
        }
    }

    /** @return nothing for one who is gone */
    @Nullable
    Known read(int ordinal, DataInput in) throws IOException {
        int kind = in.readByte();
        there = kind == PLAIN;
        return switch (kind) {
            case GONE -> null;
            case PLAIN -> readPlain(in);
            case SEALED -> readSealed(ordinal, in);
            default ->
                throw new IOException("user " + ordinal + " in a snapshot is of kind " + kind + "; expected 0 to 2");
        };
    }

    /** Whether the user that was read last stood there in the clear, be it that they were erased since. */
    boolean wasThere() {
        return there;
    }

    private @Nullable Known readPlain(DataInput in) throws IOException {
        Known user = readContent(in);
        // What stands in the clear is older than any drop.
        boolean erased = cipher != null
                && cipher.keys().wasDropped(SubjectId.of(user.id().value()));
        return erased ? null : user;
    }

    private @Nullable Known readSealed(int ordinal, DataInput in) throws IOException {
        int length = in.readInt();
        if (length <= PersonalCipher.OVERHEAD_BYTES || length > PersonalCipher.MAX_VALUE_BYTES) {
            throw new IOException("user " + ordinal + " in a snapshot has " + length + " bytes");
        }
        if (cipher == null) {
            throw new IOException("a snapshot with encrypted users needs their key table");
        }
        byte[] sealed = new byte[length];
        in.readFully(sealed);
        byte[] plain = new byte[length - PersonalCipher.OVERHEAD_BYTES];
        PersonalOutcome outcome =
                cipher.decrypt(place(ordinal), MemorySegment.ofArray(sealed), MemorySegment.ofArray(plain));
        return switch (outcome) {
            case DONE -> {
                Known user = readContent(new DataInputStream(new ByteArrayInputStream(plain)));
                Arrays.fill(plain, (byte) 0);
                yield user;
            }
            case ERASED -> null;
            case DAMAGED -> {
                log.error("user {} of a snapshot is lost: their key is damaged in the key table", ordinal);
                yield null;
            }
            case UNKNOWN ->
                throw new IOException(
                        "the key of user " + ordinal + " is younger than the key table, which was put back"
                                + " from an older copy; put back the newest one");
        };
    }

    private static void writeContent(UserId id, @Nullable User content, DataOutput out) throws IOException {
        SnapshotValues.writeText(out, id.value());
        out.writeBoolean(content != null);
        if (content != null) {
            SnapshotValues.writeAttributes(out, content.attributes());
        }
    }

    private static Known readContent(DataInput in) throws IOException {
        UserId id = new UserId(SnapshotValues.readText(in));
        return new Known(id, in.readBoolean() ? new User(id, SnapshotValues.readAttributes(in)) : null);
    }

    private ValuePlace place(int ordinal) {
        return new ValuePlace(USERS, ordinal, offset);
    }
}
