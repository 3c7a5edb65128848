package dev.millrace.features;

import dev.millrace.model.AttributeValue;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How texts, times and attributes stand in a snapshot. */
final class SnapshotValues {
    /** As many characters as surely fit the 65,535 bytes of one written text. */
    private static final int PART_CHARS = 20_000;

    private static final int TEXT = 0;
    private static final int NUMERIC = 1;
    private static final int FLAG = 2;
    private static final int TEXTS = 3;

    private SnapshotValues() {}

    static void writeText(DataOutput out, String text) throws IOException {
        out.writeInt(text.length());
        for (int start = 0; start < text.length(); start += PART_CHARS) {
            out.writeUTF(text.substring(start, Math.min(text.length(), start + PART_CHARS)));
        }
    }

    static String readText(DataInput in) throws IOException {
        int length = in.readInt();
        if (length <= PART_CHARS) {
            return length == 0 ? "" : in.readUTF();
        }
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(in.readUTF());
        }
        return text.toString();
    }

    static void writeTexts(DataOutput out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            writeText(out, text);
        }
    }

    static List<String> readTexts(DataInput in) throws IOException {
        int count = in.readInt();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(readText(in));
        }
        return texts;
    }

    static void writeInstant(DataOutput out, Instant time) throws IOException {
        out.writeLong(time.getEpochSecond());
        out.writeInt(time.getNano());
    }

    static Instant readInstant(DataInput in) throws IOException {
        long seconds = in.readLong();
        return Instant.ofEpochSecond(seconds, in.readInt());
    }

    /** Sorted by name, so that equal attributes are equal bytes. */
    static void writeAttributes(DataOutput out, Map<String, AttributeValue> attributes) throws IOException {
        out.writeInt(attributes.size());
        for (Map.Entry<String, AttributeValue> entry : new TreeMap<>(attributes).entrySet()) {
            writeText(out, entry.getKey());
            writeAttribute(out, entry.getValue());
        }
    }

    static Map<String, AttributeValue> readAttributes(DataInput in) throws IOException {
        int count = in.readInt();
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String name = readText(in);
            attributes.put(name, readAttribute(in));
        }
        return attributes;
    }

    private static void writeAttribute(DataOutput out, AttributeValue value) throws IOException {
        switch (value) {
            case AttributeValue.Text text -> {
                out.writeByte(TEXT);
                writeText(out, text.value());
            }
            case AttributeValue.Numeric numeric -> {
                out.writeByte(NUMERIC);
                out.writeDouble(numeric.value());
            }
            case AttributeValue.Flag flag -> {
                out.writeByte(FLAG);
                out.writeBoolean(flag.value());
            }
            case AttributeValue.Texts texts -> {
                out.writeByte(TEXTS);
                writeTexts(out, texts.values());
            }
        }
    }

    private static AttributeValue readAttribute(DataInput in) throws IOException {
        int type = in.readByte();
        return switch (type) {
            case TEXT -> new AttributeValue.Text(readText(in));
            case NUMERIC -> new AttributeValue.Numeric(in.readDouble());
            case FLAG -> new AttributeValue.Flag(in.readBoolean());
            case TEXTS -> new AttributeValue.Texts(readTexts(in));
            default -> throw new IOException("attribute type " + type + " in a snapshot; expected 0 to 3");
        };
    }
}
