package dev.millrace.storage.tiered;

import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Agent;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.ColdCopy;
import dev.millrace.storage.segment.IndexFile;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentKind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Makes checkpoints and has segments packed. Its work is synchronised; anybody may ask for it.
 *
 * <p>The order is what makes a crash harmless at any step: the log is on disk as far as the index files name it; the index files
 * are on disk before the checkpoint that names them; the checkpoint appears at once by a rename; and only then goes
 * what it does not name: segments whose rows had moved <i>before</i> it was begun, and older checkpoints.
 */
final class StoreKeeper implements Agent {
    private static final Logger log = LoggerFactory.getLogger(StoreKeeper.class);

    private static final int ATTEMPTS = 5;
    /** Less than this part of what is packed on disk must be wanted of a cold segment, which is fetched whole for it. */
    private static final double COLD_SHARE = 0.5;

    private final TieredStore store;
    private final Disk disk;
    private final long storeId;
    private long number;
    private long lastPosition;
    private boolean settled;
    private boolean warmUpBegun;
    /** The cold store did not give a segment to be packed: the others are not waited for. */
    private boolean coldFails;

    private volatile boolean warm;

    StoreKeeper(TieredStore store, Disk disk, long storeId, long number) {
        this.store = store;
        this.disk = disk;
        this.storeId = storeId;
        this.number = number;
    }

    @Override
    public String name() {
        return "store-keeper";
    }

    @Override
    public int doWork() throws IOException {
        if (!settled) {
            // Once: what is damaged stays so until the next start, and says so to whoever reads it.
            settled = true;
            settle();
            return 1;
        }
        if (preTouch()) {
            return 1;
        }
        if (!warmUpBegun) {
            warmUpBegun = true;
            warmUp();
            warm = true;
            return 1;
        }
        long position = store.position();
        if (position - lastPosition < checkpointBytes()) {
            return 0;
        }
        int packed = pack(WornSegments::untilShare);
        checkpoint();
        return packed + 1;
    }

    /** A checkpoint writes all index files: what it costs stays below what the log has cost since the last. */
    private long checkpointBytes() {
        long indexBytes = 0;
        for (TieredTable table : store.tables()) {
            indexBytes += table.view().index().bytes();
        }
        return Math.max(store.config().checkpointBytes(), indexBytes);
    }

    boolean isWarm() {
        return warm;
    }

    /** A part of one table's memory, also of one that came later. @return whether there was some to get */
    private boolean preTouch() {
        for (TieredTable table : store.tables()) {
            if (store.config().preTouch().asksFor(table.spec()) && table.preTouch()) {
                return true;
            }
        }
        return false;
    }

    /** A damaged index must not be saved as if it were whole: without its checkpoint, the next start reads the segments. */
    private synchronized void settle() throws IOException {
        try {
            store.tables().forEach(TieredTable::settle);
        } catch (MillraceException e) {
            boolean ignored = disk.delete(store.directory().resolve(Checkpoint.fileName(number)));
            disk.forceDirectory(store.directory());
            throw e;
        }
    }

    /** Fills memory with rows as after a start. */
    synchronized void warmUp() throws IOException {
        new WarmUp(store).run();
    }

    /** Packs every segment that is worth it. @return how many were packed */
    int pack() throws IOException {
        return pack(WornSegments::belowShare);
    }

    private synchronized int pack(BiFunction<WornSegments, List<Segment>, List<Segment>> choice) throws IOException {
        long newest = store.log().end().segment();
        // The last group of a sealed segment may still be on its way: what is not written yet would not be copied.
        store.awaitDurable(store.position());
        List<Segment> sealed = new ArrayList<>();
        coldFails = false;
        for (Segment segment : store.segments().all()) {
            boolean full = segment.kind() == SegmentKind.PACKED || segment.number() < newest;
            if (full && !segment.isRetired() && !segment.isLeftAlone() && (segment.isLocal() || bringHere(segment))) {
                sealed.add(segment);
            }
        }
        new ExpirySweep(store).run(sealed);
        List<Segment> worn =
                choice.apply(new WornSegments(store.segments(), store.config().packBelow()), sealed);
        return worn.isEmpty() ? 0 : new Packing(store, disk, storeId).pack(worn);
    }

    /** Fetches a segment from the cold tier if so little of it is wanted that packing it pays. @return whether it is here now */
    private boolean bringHere(Segment segment) {
        ColdTier cold = store.coldTier();
        if (cold == null || coldFails) {
            return false;
        }
        long wanted = store.segments().wanted(segment);
        if (wanted >= COLD_SHARE * store.config().packBelow() * segment.records()) {
            return false;
        }
        try {
            cold.bringBack(segment);
            return true;
        } catch (IOException e) {
            log.warn("{} cannot be fetched to be packed, and stays: {}", segment.path(), e.getMessage());
            coldFails = true;
            return false;
        }
    }

    synchronized void checkpoint() throws IOException {
        List<Segment> retired =
                store.segments().all().stream().filter(Segment::isRetired).toList();
        long next = number + 1;
        TieredStore.Catalogue catalogue = store.catalogue();
        List<Checkpoint.TableState> tables = new ArrayList<>();
        for (TieredTable table : catalogue.tables()) {
            tables.add(writeIndex(table, next));
        }
        store.awaitDurable(store.position());
        long replayedFrom = catalogue.replayFrom().segment();
        List<Segment> named = new ArrayList<>();
        List<Segment> leaving = new ArrayList<>();
        List<Checkpoint.SegmentState> segments = new ArrayList<>();
        for (Segment segment : store.segments().all()) {
            ColdCopy copy = isReplayed(segment, replayedFrom) ? null : segment.cold();
            if (!retired.contains(segment) && (!segment.isLocal() || Files.exists(segment.path()))) {
                segments.add(state(segment, copy));
                named.add(segment);
                if (copy != null && segment.isLocal()) {
                    leaving.add(segment);
                }
            }
        }
        List<String> unwanted = discard(retired);
        new Checkpoint(
                        storeId,
                        next,
                        catalogue.replayFrom(),
                        catalogue.nextSequence(),
                        catalogue.lastTableId(),
                        tables,
                        catalogue.aliases(),
                        segments,
                        unwanted)
                .write(store.directory(), disk);
        number = next;
        lastPosition = catalogue.position();
        settle(named, replayedFrom);
        ColdTier cold = store.coldTier();
        if (cold != null) {
            if (!store.segments().isPinned()) {
                cold.checkpointed(unwanted);
            }
            cold.left(leaving);
        }
        for (Segment segment : retired) {
            // Else the next checkpoint deletes it, or the next start.
            if (!store.segments().isPinned()) {
                store.segments().remove(segment, disk);
            }
        }
        removeOlder(next);
    }

    private static Checkpoint.SegmentState state(Segment segment, @Nullable ColdCopy copy) {
        return new Checkpoint.SegmentState(
                segment.slot(),
                segment.number(),
                segment.kind(),
                segment.written(),
                segment.records(),
                segment.live(),
                copy == null ? "" : copy.name());
    }

    /** @return the names of all cold objects that may go once the checkpoint is on disk */
    private List<String> discard(List<Segment> retired) {
        ColdTier cold = store.coldTier();
        if (cold == null) {
            return List.of();
        }
        cold.discard(retired);
        return cold.unwanted();
    }

    /** What no start replays may leave the disk. */
    static void settle(List<Segment> named, long replayedFrom) {
        for (Segment segment : named) {
            if (!isReplayed(segment, replayedFrom)) {
                segment.settle();
            }
        }
    }

    private static boolean isReplayed(Segment segment, long from) {
        return segment.kind() == SegmentKind.LOG && segment.number() >= from;
    }

    private Checkpoint.TableState writeIndex(TieredTable table, long next) throws IOException {
        String file = "table-%d-%016x.idx".formatted(table.id(), next);
        Path path = store.directory().resolve(file);
        for (int i = 0; i < ATTEMPTS; i++) {
            if (IndexFile.write(path, disk, storeId, table.view().index(), table.upkeep()::copyCells)) {
                return new Checkpoint.TableState(
                        table.id(), table.spec().name(), table.spec().encode(), file);
            }
        }
        throw new IOException("the index of table " + table.spec().name() + " grew " + ATTEMPTS
                + " times while it was saved; it is tried again later");
    }

    private void removeOlder(long newest) throws IOException {
        String suffix = "-%016x".formatted(newest);
        try (Stream<Path> files = Files.list(store.directory())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                boolean ours = Checkpoint.isCheckpoint(name) || name.endsWith(".idx") || name.endsWith(".tmp");
                if (ours && !name.contains(suffix)) {
                    boolean ignored = disk.delete(file);
                }
            }
        }
    }
}
