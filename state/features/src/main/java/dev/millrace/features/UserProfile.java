package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.AttributeValue;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * What a caller says of one user, read whole, as a row of bytes behind their number. Reused; owned by one thread at a time. The words are
 * drawn in docs/formats/feature-rows.md.
 */
public final class UserProfile {
    private static final int BYTES = 1;
    private static final int HEADER = 2;
    private static final int MOST_BYTES = (FeatureTable.USER_ATTRIBUTES.longs() - HEADER) * Long.BYTES;

    private final WordRoom room = new WordRoom(FeatureTable.USER_ATTRIBUTES);
    private Map<String, AttributeValue> attributes = Map.of();

    /** Empty where nothing was said. Unmodifiable. */
    public Map<String, AttributeValue> attributes() {
        return attributes;
    }

    /** Whether nothing is known only because a tier of the store did not give the row in time. */
    public boolean isLate() {
        return room.isLate();
    }

    WordRoom room() {
        return room;
    }

    /** Forgets what was read: of a room that is kept, when its user is answered. */
    public void clear() {
        room.clear();
        attributes = Map.of();
    }

    /** Takes what no row holds. */
    void take(Map<String, AttributeValue> large) {
        clear();
        attributes = large;
    }

    /** Takes what was read into the room. */
    void loaded() {
        attributes = Map.of();
        int count = room.size() == 0 ? 0 : (int) room.words()[BYTES];
        if (count == 0) {
            return;
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(room.bytes(HEADER, count)))) {
            attributes = Map.copyOf(SnapshotValues.readAttributes(in));
        } catch (IOException | IndexOutOfBoundsException e) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED, "the attributes of a user in the store are not what was written", e);
        }
    }

    /**
     * Makes the room hold attributes, to be written.
     *
     * @return false where they are too large for a row, which then holds none
     */
    boolean store(Map<String, AttributeValue> given) {
        byte[] bytes = given.isEmpty() ? new byte[0] : bytes(given);
        boolean fits = bytes.length <= MOST_BYTES;
        room.words()[BYTES] = fits ? bytes.length : 0;
        room.size(HEADER);
        if (fits) {
            room.append(bytes);
        }
        return fits;
    }

    private static byte[] bytes(Map<String, AttributeValue> attributes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            SnapshotValues.writeAttributes(new DataOutputStream(bytes), attributes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
