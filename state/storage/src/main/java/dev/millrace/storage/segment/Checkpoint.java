package dev.millrace.storage.segment;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What a store was at a moment, in one small file: its tables with their index files, its segments, and from where the log is
 * replayed. Whoever opens the store begins here. {@code docs/formats/store.md} draws the bytes.
 *
 * @param number each checkpoint has a greater one
 * @param replayFrom records behind it may be newer than the index files
 * @param nextSequence greater than that of each record before {@code replayFrom}
 * @param lastTableId no table has had a greater id
 * @param aliases names that stand for one of several versions of a table
 * @param unwanted names of cold objects that no segment needs any more and that may still be there
 */
public record Checkpoint(
        long storeId,
        long number,
        LogEnd replayFrom,
        long nextSequence,
        int lastTableId,
        List<TableState> tables,
        Map<String, String> aliases,
        List<SegmentState> segments,
        List<String> unwanted) {
    private static final long MAGIC = 0x4D494C4C43484B50L; // "MILLCHKP"
    private static final int VERSION = 3;
    /** The first version whose segments may lie in the cold tier. */
    private static final int WITH_COLD = 2;
    /** The first version whose index files may have deltas. */
    private static final int WITH_DELTAS = 3;

    private static final int HEADER_BYTES = 20;
    private static final String PREFIX = "checkpoint-";

    public Checkpoint {
        tables = List.copyOf(tables);
        aliases = Map.copyOf(aliases);
        segments = List.copyOf(segments);
        unwanted = List.copyOf(unwanted);
    }

    /**
     * A table.
     *
     * @param spec what it was made with, as text
     * @param indexFile the name of its index file; empty for a table that was made since index files were written
     * @param deltas the names of files with what the log changed since, from the oldest to the newest
     */
    public record TableState(int id, String name, String spec, String indexFile, List<String> deltas) {
        public TableState {
            deltas = List.copyOf(deltas);
        }

        /** The names of all its files. */
        public List<String> files() {
            List<String> files = new ArrayList<>(deltas);
            if (!indexFile.isEmpty()) {
                files.add(indexFile);
            }
            return files;
        }
    }

    /**
     * A segment, with what was known of its records.
     *
     * @param coldName the name of the cold object that it is; empty for a file
     */
    public record SegmentState(
            int slot, long number, SegmentKind kind, long written, long records, long live, String coldName) {
        public boolean isCold() {
            return !coldName.isEmpty();
        }
    }

    /** One of the same moment. */
    public Checkpoint with(
            long otherNumber,
            List<TableState> otherTables,
            List<SegmentState> otherSegments,
            List<String> otherUnwanted) {
        return new Checkpoint(
                storeId,
                otherNumber,
                replayFrom,
                nextSequence,
                lastTableId,
                otherTables,
                aliases,
                otherSegments,
                otherUnwanted);
    }

    public static String fileName(long number) {
        return PREFIX + "%016x".formatted(number);
    }

    /** The newest checkpoint's file. */
    public static @Nullable Path newest(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> isCheckpoint(file.getFileName().toString()))
                    .max(Path::compareTo)
                    .orElse(null);
        }
    }

    public static boolean isCheckpoint(String fileName) {
        return fileName.startsWith(PREFIX) && fileName.length() == PREFIX.length() + 16;
    }

    /** Puts the checkpoint in its place at once. */
    public void write(Path directory, Disk disk) throws IOException {
        Path target = directory.resolve(fileName(number));
        Path part = directory.resolve(target.getFileName() + ".tmp");
        byte[] content = content();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + content.length);
        bytes.putLong(MAGIC)
                .putInt(VERSION)
                .putInt(content.length)
                .putInt(checksum(content))
                .put(content);
        try (DiskFile file = disk.openOrCreate(part)) {
            file.truncate(0);
            file.write(bytes.flip(), 0);
            file.force();
        }
        disk.rename(part, target);
        disk.forceDirectory(directory);
    }

    /** @throws DamageException where the file is not a whole checkpoint */
    public static Checkpoint read(Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
        String file = path.toString();
        if (bytes.remaining() < HEADER_BYTES || bytes.getLong() != MAGIC) {
            throw new DamageException(file, 0, "this is no checkpoint");
        }
        int version = bytes.getInt();
        int length = bytes.getInt();
        int checksum = bytes.getInt();
        if (length != bytes.remaining()) {
            throw new DamageException(
                    file, 12, "the file has " + bytes.remaining() + " bytes of content, not " + length);
        }
        byte[] content = new byte[length];
        bytes.get(content);
        if (checksum(content) != checksum) {
            throw new DamageException(file, HEADER_BYTES, "the content does not fit its checksum");
        }
        if (version < 1 || version > VERSION) {
            throw new DamageException(
                    file, 8, "version " + version + " is not 1 to " + VERSION + ", which this program reads");
        }
        try {
            return of(new DataInputStream(new ByteArrayInputStream(content)), version);
        } catch (IOException e) {
            throw new DamageException(file, HEADER_BYTES, "the content is none of a checkpoint: " + e);
        }
    }

    private byte[] content() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(storeId);
        out.writeLong(number);
        out.writeLong(replayFrom.segment());
        out.writeLong(replayFrom.bytes());
        out.writeLong(nextSequence);
        out.writeInt(lastTableId);
        out.writeInt(tables.size());
        for (TableState table : tables) {
            out.writeInt(table.id);
            out.writeUTF(table.name);
            out.writeUTF(table.spec);
            out.writeUTF(table.indexFile);
            out.writeInt(table.deltas.size());
            for (String delta : table.deltas) {
                out.writeUTF(delta);
            }
        }
        out.writeInt(aliases.size());
        for (Map.Entry<String, String> alias : new TreeMap<>(aliases).entrySet()) {
            out.writeUTF(alias.getKey());
            out.writeUTF(alias.getValue());
        }
        out.writeInt(segments.size());
        for (SegmentState segment : segments) {
            out.writeInt(segment.slot);
            out.writeLong(segment.number);
            out.writeInt(segment.kind.code());
            out.writeLong(segment.written);
            out.writeLong(segment.records);
            out.writeLong(segment.live);
            out.writeUTF(segment.coldName);
        }
        out.writeInt(unwanted.size());
        for (String name : unwanted) {
            out.writeUTF(name);
        }
        return bytes.toByteArray();
    }

    private static Checkpoint of(DataInputStream in, int version) throws IOException {
        long storeId = in.readLong();
        long number = in.readLong();
        LogEnd replayFrom = new LogEnd(in.readLong(), in.readLong());
        if (replayFrom.bytes() < 0 || replayFrom.bytes() > SegmentFormat.MAX_SEGMENT_BYTES) {
            throw new IOException("the log cannot be replayed from byte " + replayFrom.bytes());
        }
        long nextSequence = in.readLong();
        int lastTableId = in.readInt();
        List<TableState> tables = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            tables.add(new TableState(
                    in.readInt(), in.readUTF(), in.readUTF(), in.readUTF(), names(in, version >= WITH_DELTAS)));
        }
        Map<String, String> aliases = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            aliases.put(in.readUTF(), in.readUTF());
        }
        List<SegmentState> segments = new ArrayList<>();
        Set<Integer> slots = new HashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            int slot = in.readInt();
            if (slot < 0 || slot >= Segments.MAX_SEGMENTS || !slots.add(slot)) {
                throw new IOException("slot " + slot + " is none, or has two segments");
            }
            segments.add(new SegmentState(
                    slot,
                    in.readLong(),
                    SegmentKind.of(in.readInt()),
                    in.readLong(),
                    in.readLong(),
                    in.readLong(),
                    version >= WITH_COLD ? in.readUTF() : ""));
        }
        List<String> unwanted = names(in, version >= WITH_COLD);
        return new Checkpoint(
                storeId, number, replayFrom, nextSequence, lastTableId, tables, aliases, segments, unwanted);
    }

    private static List<String> names(DataInputStream in, boolean present) throws IOException {
        List<String> names = new ArrayList<>();
        for (int left = present ? in.readInt() : 0; left > 0; left--) {
            names.add(in.readUTF());
        }
        return names;
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return (int) crc.getValue();
    }
}
