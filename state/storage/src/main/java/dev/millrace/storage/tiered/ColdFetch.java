package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdEntry;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.Segments;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Brings all segments of a store back from the cold tier, for a start without a checkpoint to say what they hold. Used once. */
final class ColdFetch {
    private static final Logger log = LoggerFactory.getLogger(ColdFetch.class);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Path directory;
    private final @Nullable ColdStore cold;

    ColdFetch(Path directory, @Nullable ColdStore cold) {
        this.directory = directory;
        this.cold = cold;
    }

    /**
     * Does so, where the store ever had a segment in the cold tier.
     *
     * @param names gets the name of each object, by the segment's number
     * @throws IOException where the cold store does not give one: the store must not open without it
     */
    void run(Map<Long, String> names) throws IOException {
        if (!Files.exists(directory.resolve(ColdPuts.FILE))) {
            return;
        }
        ColdStore from = required(directory, cold);
        // Of two with one number, the younger first: the older had gone before the number was given again.
        for (ColdEntry entry : from.list(ColdTier.prefix(storeId())).reversed()) {
            fetch(from, entry.name(), names);
        }
    }

    private void fetch(ColdStore from, ColdName name, Map<Long, String> names) throws IOException {
        String file = name.value().substring(name.value().indexOf('/') + 1);
        long number = Segments.numberOf(file);
        SegmentKind kind = file.endsWith(".log") ? SegmentKind.LOG : SegmentKind.PACKED;
        Path to = directory.resolve(Segments.fileName(number, kind));
        if (!Files.exists(to)) {
            ColdTier.fetch(from, name.value(), to, Disk.local());
        }
        if (ColdTier.nameOf(SegmentScan.header(to), kind).equals(name)) {
            names.put(number, name.value());
        } else {
            log.warn("{} of the cold tier is older than {} and is left out", name, to);
        }
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where the store was opened without the cold store it needs */
    static ColdStore required(Path directory, @Nullable ColdStore cold) {
        if (cold == null) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "segments of the store in " + directory + " lie in a cold store, and it was opened without one."
                            + " Name it (store.cold.directory or store.cold.s3.…, or --cold)");
        }
        return cold;
    }

    /**
     * Looks whether objects are there, for a second at most: a folder that is not mounted looks like an empty one, and a cold store
     * that does not answer now may answer later.
     *
     * @throws MillraceException {@code STORAGE_FAILED} where one is not
     */
    static void requireThere(Path directory, ColdStore cold, Collection<String> names) {
        Deadline deadline = Deadline.after(LOOK);
        for (String name : names) {
            try {
                long ignored = cold.size(new ColdName(name), deadline);
            } catch (ColdStoreException e) {
                if (e.reason() == ColdStoreException.Reason.MISSING) {
                    throw new MillraceException(
                            ErrorCode.STORAGE_FAILED,
                            names.size() + " segments of the store in " + directory + " lie in the cold tier, and "
                                    + name
                                    + " is not there. Is it mounted, and the one that the store had"
                                    + " (store.cold.directory or store.cold.s3.…, or --cold)? What is lost there comes back"
                                    + " from a copy, or from the event log, while it is whole: delete the store's folder,"
                                    + " and a server makes it anew",
                            e);
                }
                log.warn("the cold tier does not answer now: {}", e.getMessage());
                return;
            }
            if (deadline.isExpired()) {
                return;
            }
        }
    }

    private long storeId() throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(file -> isSegment(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
        IOException last = new IOException("the store in " + directory + " has no segment that says which store it is");
        for (Path file : files.reversed()) {
            try {
                return SegmentScan.header(file).storeId();
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private static boolean isSegment(String name) {
        return Segments.isSegment(name, SegmentKind.LOG) || Segments.isSegment(name, SegmentKind.PACKED);
    }
}
