package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.UserId;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.PersonalOutcome;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.storage.personal.ValuePlace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/** How rows stand in a whole snapshot, those of users each encrypted with their user's key. Owned by one thread. */
final class RowSections {
    private static final Logger log = LoggerFactory.getLogger(RowSections.class);

    /** "MILLROW1" as a little-endian number: in the place of a table's number, which has 32 bits. */
    private static final long ROWS = 0x31574F52_4C4C494DL;

    /** "MILLATT1", as above. */
    private static final long ATTRIBUTES = 0x31545441_4C4C494DL;

    private static final int END = -1;

    private final PersonalCipher cipher;
    private final long offset;
    private boolean isLossTold;

    /** Takes a row, which lies in the room that the reader was given. */
    @FunctionalInterface
    interface Sink {
        void accept(int ordinal);
    }

    /** @param offset of the log as of which the rows are */
    RowSections(PersonalCipher cipher, long offset) {
        this.cipher = cipher;
        this.offset = offset;
    }

    /** @param owners whose row an ordinal's is; nothing for a user who is gone, whose row is left out */
    void write(
            FeatureTable table,
            StoredTables tables,
            IntFunction<@Nullable UserId> owners,
            BooleanSupplier isAbandoned,
            DataOutput out)
            throws IOException {
        out.writeInt(table.longs());
        try {
            tables.visitAsOf(offset, table, (key, row) -> {
                try {
                    if (isAbandoned.getAsBoolean()) {
                        throw new InterruptedIOException("it was given up");
                    }
                    writeRow(table, (int) key, row, owners, out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.writeInt(END);
    }

    private void writeRow(
            FeatureTable table, int ordinal, MemorySegment row, IntFunction<@Nullable UserId> owners, DataOutput out)
            throws IOException {
        byte[] plain = bytes(row);
        if (!table.isPersonal()) {
            out.writeInt(ordinal);
            out.write(plain);
            return;
        }
        UserId owner = owners.apply(ordinal);
        if (owner == null) {
            return;
        }
        byte[] sealed = new byte[plain.length + PersonalCipher.OVERHEAD_BYTES];
        PersonalOutcome outcome = cipher.encrypt(
                SubjectId.of(owner.value()),
                place(table, ordinal),
                MemorySegment.ofArray(plain),
                MemorySegment.ofArray(sealed));
        Arrays.fill(plain, (byte) 0);
        // Of one whose key is dropped or damaged there is nothing to keep.
        if (outcome == PersonalOutcome.DONE) {
            out.writeInt(ordinal);
            out.writeInt(sealed.length);
            out.write(sealed);
        }
    }

    private ValuePlace place(FeatureTable table, int ordinal) {
        return new ValuePlace(table == FeatureTable.USERS ? ROWS : ATTRIBUTES, ordinal, offset);
    }

    private static byte[] bytes(MemorySegment row) {
        int words = (int) (row.byteSize() / Long.BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(words * Long.BYTES);
        for (int word = 0; word < words; word++) {
            bytes.putLong(row.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) word * Long.BYTES));
        }
        return bytes.array();
    }

    /** @param count how many ordinals there are */
    void read(FeatureTable table, int count, DataInput in, WordRoom room, Sink sink) throws IOException {
        int longs = in.readInt();
        if (longs != table.longs()) {
            throw new IOException("rows of " + table.label() + " have " + longs + " words; expected " + table.longs());
        }
        for (int ordinal = in.readInt(); ordinal != END; ordinal = in.readInt()) {
            if (ordinal < 0 || ordinal >= count) {
                throw new IOException("a row of " + table.label() + " is of ordinal " + ordinal + " of " + count);
            }
            if (table.isPersonal() ? readSealed(table, ordinal, in, room) : readPlain(longs, in, room)) {
                sink.accept(ordinal);
            }
        }
    }

    private static boolean readPlain(int longs, DataInput in, WordRoom room) throws IOException {
        byte[] bytes = new byte[longs * Long.BYTES];
        in.readFully(bytes);
        take(bytes, room);
        return true;
    }

    /** @return whether it can still be read */
    private boolean readSealed(FeatureTable table, int ordinal, DataInput in, WordRoom room) throws IOException {
        int plainBytes = in.readInt() - PersonalCipher.OVERHEAD_BYTES;
        if (plainBytes <= 0 || plainBytes > table.longs() * Long.BYTES || plainBytes % Long.BYTES != 0) {
            throw new IOException("the row of user " + ordinal + " has " + plainBytes + " bytes");
        }
        byte[] sealed = new byte[plainBytes + PersonalCipher.OVERHEAD_BYTES];
        in.readFully(sealed);
        byte[] plain = new byte[plainBytes];
        PersonalOutcome outcome =
                cipher.decrypt(place(table, ordinal), MemorySegment.ofArray(sealed), MemorySegment.ofArray(plain));
        switch (outcome) {
            case DONE -> take(plain, room);
            case ERASED -> {
                // Nobody can read it any more.
            }
            case DAMAGED -> tellLoss(ordinal);
            case UNKNOWN ->
                throw new IOException("the key of user " + ordinal
                        + " is younger than the key table, which was put back from an older copy");
        }
        Arrays.fill(plain, (byte) 0);
        return outcome == PersonalOutcome.DONE;
    }

    private void tellLoss(int ordinal) {
        if (!isLossTold) {
            log.error("the row of user {} and perhaps of others is lost: their key is damaged", ordinal);
            isLossTold = true;
        }
    }

    private static void take(byte[] bytes, WordRoom room) {
        room.size(bytes.length / Long.BYTES);
        ByteBuffer.wrap(bytes).asLongBuffer().get(room.words(), 0, room.size());
    }
}
