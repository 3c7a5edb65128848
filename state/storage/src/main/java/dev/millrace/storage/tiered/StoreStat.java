package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.ColdCopy;
import dev.millrace.storage.segment.Segment;

import java.util.List;

/**
 * What a store holds.
 *
 * @param access how rows that are not in memory are read from segments on disk
 * @param warm whether memory is as full as it can be after the start: its pages are there, and rows are read from segments
 * @param damage what was found not to be as written when the store was opened, and passed over
 * @param trouble why writes wait or fail now; empty where they do not
 */
public record StoreStat(
        List<TableStat> tables,
        List<SegmentStat> segments,
        Access access,
        boolean warm,
        List<String> damage,
        String trouble) {
    public StoreStat {
        tables = List.copyOf(tables);
        segments = List.copyOf(segments);
        damage = List.copyOf(damage);
    }

    /** A way to read rows from disk, in words. */
    public enum Access {
        LOADS("by loads from a mapping of the device (DAX)"),
        RING("past the system's cache, many at once (io_uring)"),
        THREADS("past the system's cache, each by a thread");

        private final String words;

        Access(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    /**
     * A segment: its bytes, its records, and how many of them are the newest of their key.
     *
     * @param coldName the object in the cold tier that it is; empty where it is a file
     */
    public record SegmentStat(String file, long bytes, long records, long live, String coldName) {
        static SegmentStat of(Segment segment) {
            ColdCopy copy = segment.isLocal() ? null : segment.cold();
            return new SegmentStat(
                    segment.path().getFileName().toString(),
                    segment.written(),
                    segment.records(),
                    segment.live(),
                    copy == null ? "" : copy.name());
        }
    }
}
