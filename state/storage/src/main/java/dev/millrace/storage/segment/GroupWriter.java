package dev.millrace.storage.segment;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Writes groups to the files of their segments. Owned by the log's thread. */
final class GroupWriter implements AutoCloseable {
    private final Segments segments;
    private final Disk disk;
    private @Nullable Segment open;
    private @Nullable DiskFile file;

    GroupWriter(Segments segments, Disk disk) {
        this.segments = segments;
        this.disk = disk;
    }

    /** Hands what the group has gained to the system; when it fails, it can be tried again. */
    void write(Group group, long until) throws IOException {
        Segment segment = group.segment;
        if (segment == null) {
            throw new IllegalStateException("an empty group has no segment");
        }
        fileOf(segment, group.header).write(group.records.content(group.written, until), group.written);
    }

    /** Returns when all that was written is on disk. */
    void force() throws IOException {
        if (file != null) {
            file.force();
        }
    }

    /** A new segment is on disk, with its name, before its first record is confirmed. */
    private DiskFile fileOf(Segment segment, SegmentFormat.@Nullable Header header) throws IOException {
        DiskFile current = file;
        if (current != null && open == segment) {
            return current;
        }
        Segment before = open;
        close();
        if (before != null) {
            // A group goes to the next segment only when all before it is on disk.
            segments.seal(before);
        }
        DiskFile opened = disk.openOrCreate(segment.path());
        try {
            if (header != null) {
                opened.write(SegmentFormat.encode(header), 0);
                opened.force();
                disk.forceDirectory(segments.directory());
            }
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        open = segment;
        file = opened;
        return opened;
    }

    /** Writes a last mark, which proves that all before it is whole. */
    void finish(long offset, long sequence) throws IOException {
        DiskFile current = file;
        if (current != null) {
            RecordBuffer records = new RecordBuffer(SegmentFormat.PAGE_BYTES);
            records.begin(offset);
            Group.mark(records, new StoredRow(), sequence);
            current.write(records.content(offset, records.end()), offset);
            current.force();
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
            file = null;
            open = null;
        }
    }
}
