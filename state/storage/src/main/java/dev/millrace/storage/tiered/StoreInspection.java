package dev.millrace.storage.tiered;

import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.SealedFile;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexFile;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Reads every byte of a store that nobody has open, changes nothing, and names what is not as it was written. Owned by one
 * thread.
 */
public final class StoreInspection {
    private static final Duration WHOLE_OBJECT = Duration.ofMinutes(10);

    private final Path directory;
    private final @Nullable ColdStore cold;
    private long coldSegments;
    private final List<Finding> findings = new ArrayList<>();
    /** How many bytes of a segment must be there, by its number. */
    private final Map<Long, Long> least = new HashMap<>();

    private long records;
    private long bytes;

    private StoreInspection(Path directory, @Nullable ColdStore cold) {
        this.cold = cold;
        this.directory = directory;
    }

    /**
     * Something that is not as it was written.
     *
     * @param torn whether it is the end of a file that a crash left, of which nobody was told that it is on disk
     */
    public record Finding(String file, long offset, String what, boolean torn) {}

    /**
     * What was read, and what was found.
     *
     * @param coldSegments how many segments lie in the cold tier, read or not
     */
    public record Result(long files, long bytes, long records, long coldSegments, List<Finding> findings) {
        public Result {
            findings = List.copyOf(findings);
        }

        /** Whether everything is as it was written, torn ends aside. */
        public boolean isWhole() {
            return findings.stream().allMatch(Finding::torn);
        }
    }

    /** Whether a folder has a file of a store. */
    public static boolean isStore(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> Checkpoint.isCheckpoint(name)
                            || Segments.isSegment(name, SegmentKind.LOG)
                            || Segments.isSegment(name, SegmentKind.PACKED));
        }
    }

    public static Result run(Path directory) throws IOException {
        return run(directory, null);
    }

    /** @param cold where cold segments are read; nothing to leave them out */
    public static Result run(Path directory, @Nullable ColdStore cold) throws IOException {
        return new StoreInspection(directory, cold).run();
    }

    private Result run() throws IOException {
        Path newest = Checkpoint.newest(directory);
        if (newest != null) {
            inspectCheckpoint(newest);
        }
        long files = 0;
        try (Stream<Path> listed = Files.list(directory)) {
            for (Path file : listed.sorted().toList()) {
                String name = file.getFileName().toString();
                for (SegmentKind kind : SegmentKind.values()) {
                    if (Segments.isSegment(name, kind)) {
                        files++;
                        inspectSegment(file, kind);
                    }
                }
            }
        }
        return new Result(files, bytes, records, coldSegments, findings);
    }

    private void inspectCheckpoint(Path newest) throws IOException {
        try {
            Checkpoint checkpoint = Checkpoint.read(newest);
            for (Checkpoint.SegmentState segment : checkpoint.segments()) {
                least.put(segment.number(), StoreRecovery.sureBytes(segment, checkpoint.replayFrom()));
            }
            for (Checkpoint.SegmentState segment : checkpoint.segments()) {
                if (segment.isCold()) {
                    coldSegments++;
                    inspectCold(segment);
                    continue;
                }
                Path path = directory.resolve(Segments.fileName(segment.number(), segment.kind()));
                if (!Files.exists(path) && least.getOrDefault(segment.number(), 0L) > 0) {
                    findings.add(new Finding(path.toString(), 0, "the segment is missing", false));
                }
            }
            for (Checkpoint.TableState table : checkpoint.tables()) {
                for (String file : table.files()) {
                    inspectIndex(directory.resolve(file), checkpoint.storeId());
                }
            }
        } catch (DamageException e) {
            add(e, false);
        }
    }

    private void inspectCold(Checkpoint.SegmentState segment) {
        if (cold == null) {
            return;
        }
        String name = segment.coldName();
        try {
            Deadline bound = Deadline.after(WHOLE_OBJECT);
            for (int block : SealedFile.damagedBlocks(cold, new ColdName(name), bound)) {
                findings.add(new Finding(name, 0, name + ": block " + block + " has a wrong checksum", false));
            }
            bytes += segment.written();
        } catch (ColdStoreException e) {
            findings.add(new Finding(name, 0, name + " cannot be read: " + e.getMessage(), false));
        }
    }

    private void inspectIndex(Path file, long storeId) throws IOException {
        try {
            IndexFile.mapReadOnly(file, storeId).blocks().verifyAll();
            bytes += Files.size(file);
        } catch (DamageException e) {
            add(e, false);
        } catch (IOException e) {
            findings.add(new Finding(file.toString(), 0, "the index file cannot be read: " + e.getMessage(), false));
        }
    }

    private void inspectSegment(Path file, SegmentKind kind) throws IOException {
        long size = Files.size(file);
        long known = least.getOrDefault(Segments.numberOf(file.getFileName().toString()), 0L);
        bytes += size;
        try {
            SegmentFormat.Header header = SegmentScan.header(file);
            if (header.kind() != kind
                    || header.number() != Segments.numberOf(file.getFileName().toString())) {
                findings.add(new Finding(file.toString(), 0, "the header is that of another segment", false));
            }
        } catch (DamageException e) {
            // One without records may have been about to be made.
            add(e, size <= SegmentFormat.HEADER_BYTES && known == 0);
        }
        if (size < known) {
            findings.add(
                    new Finding(file.toString(), size, "the file should have " + known + " bytes at least", false));
        }
        scan(file, known);
    }

    private void scan(Path file, long known) throws IOException {
        StoredRow row = new StoredRow();
        try (SegmentScan scan = new SegmentScan(file, 0, SegmentFormat.HEADER_BYTES, Long.MAX_VALUE)) {
            boolean more = true;
            while (more) {
                try {
                    more = scan.next(row);
                    records += more && !scan.isMark() ? 1 : 0;
                } catch (DamageException e) {
                    add(e, e.offset() >= known && !SegmentScan.hasMark(file, e.offset()));
                    scan.skipDamage();
                }
            }
        }
    }

    private void add(DamageException e, boolean torn) {
        findings.add(new Finding(e.file(), e.offset(), String.valueOf(e.getMessage()), torn));
    }
}
