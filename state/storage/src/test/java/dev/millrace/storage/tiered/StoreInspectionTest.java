package dev.millrace.storage.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.Segments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What an inspection says of segments that a crash kept from getting records. */
class StoreInspectionTest {
    private static final int NEXT = 99;

    @TempDir
    private Path directory;

    /** A checkpoint may name a log segment that was about to be made when the machine went off. */
    private Path makeStoreWithNamedSegment() throws IOException {
        TableSpec rows = TableSpec.tiered("rows", 64, 100, 10_000);
        try (TieredStore store = StoreFixture.open(directory, rows)) {
            store.table("rows").put(1, StoreFixture.row(1, 1, 8), 0);
        }
        Path newest = Objects.requireNonNull(Checkpoint.newest(directory));
        Checkpoint made = Checkpoint.read(newest);
        List<Checkpoint.SegmentState> segments = new ArrayList<>(made.segments());
        segments.add(new Checkpoint.SegmentState(NEXT, NEXT, SegmentKind.LOG, SegmentFormat.HEADER_BYTES, 0, 0, ""));
        Checkpoint next = new Checkpoint(
                made.storeId(),
                made.number() + 1,
                new LogEnd(NEXT, SegmentFormat.HEADER_BYTES),
                made.nextSequence(),
                made.lastTableId(),
                made.tables(),
                made.aliases(),
                segments,
                List.of());
        next.write(directory, Disk.local());
        Files.delete(newest);
        return directory.resolve(Segments.fileName(NEXT, SegmentKind.LOG));
    }

    @Test
    void segment_namedBeforeItsFileWas_isNotMissing() throws IOException {
        Path segment = makeStoreWithNamedSegment();
        assertFalse(Files.exists(segment));
        assertEquals(List.of(), StoreInspection.run(directory).findings());
    }

    @Test
    void segment_namedBeforeItHadARecord_isNotCut() throws IOException {
        Path segment = makeStoreWithNamedSegment();
        Files.write(segment, new byte[0]);
        StoreInspection.Result result = StoreInspection.run(directory);
        assertTrue(result.isWhole(), result::toString);
        try (TieredStore store = StoreFixture.open(directory)) {
            assertEquals(1, StoreFixture.version(store.table("rows"), 1));
        }
    }
}
