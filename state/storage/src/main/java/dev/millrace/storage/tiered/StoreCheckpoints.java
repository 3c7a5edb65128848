package dev.millrace.storage.tiered;

import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.memory.RecentChanges;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.ColdCopy;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexFile;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.StoreLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes checkpoints, and knows what the last one says. Its work is synchronised.
 *
 * <p>A full checkpoint writes all index files; what that costs stays below a quarter of what the log has cost since the last. An increment adds
 * a delta to each: what the log changed since the checkpoint before, which the log remembers for a while, and which is read from its
 * segments where it does not. Increments bound the log that a start replays, whatever the size of the indexes; they are made while
 * index files are written as well.
 *
 * <p>The order is what makes a crash harmless at any step: the log is on disk as far as the index files and deltas name it; those
 * are on disk before the checkpoint that names them; the checkpoint appears at once by a rename; and only then goes what it does not
 * name. Index files and deltas name rows where they were before packing moved them: so an increment names all segments of the checkpoint
 * before it, and no packed one that has come since; segments whose rows had moved go with the next full checkpoint.
 */
final class StoreCheckpoints {
    private static final Logger log = LoggerFactory.getLogger(StoreCheckpoints.class);

    private static final int ATTEMPTS = 5;
    /** What a start replays in some tenths of a second, whichever is less. */
    private static final long INCREMENT_BYTES = 64L << 20;

    private static final long INCREMENT_RECORDS = 1L << 18;
    /** How many increments at least fit between two full checkpoints. */
    private static final int LEAST_INCREMENTS = 4;
    /** Index files are a quarter of what goes to the disk at most. Until they are written, increments bound what a start replays. */
    private static final long LOG_FOR_INDEX = 4;
    /** Before a start has settled its index, a read looks into each delta. */
    private static final int MOST_DELTAS = 64;
    /** Indexes of this share of an increment's log take long enough to be written for increments to be made meanwhile. */
    private static final int LARGE_SHARE = 4;

    private final TieredStore store;
    private final Disk disk;
    private final long storeId;
    /** Index files that no checkpoint names yet. */
    private final Set<String> underWay = new HashSet<>();

    private long number;
    /** Nothing where there is none to which something could be added. */
    private @Nullable Checkpoint last;
    /** Where the log was when the last one was made, and the last full one. */
    private long lastPosition;

    private long lastFullPosition;
    private long lastSequence;
    /** How many changes the log had then; −1 where it was before the log was opened. */
    private long lastChanges = -1;

    StoreCheckpoints(TieredStore store, Disk disk, StoreRecovery recovered) {
        this.store = store;
        this.disk = disk;
        this.storeId = recovered.storeId();
        this.number = recovered.checkpointNumber();
        // What was not read whole cannot be read again for an increment.
        this.last = recovered.damage().isEmpty() ? recovered.checkpoint() : null;
        // This process counts its log from 0 on.
        this.lastPosition = -recovered.replayedBytes();
        this.lastFullPosition = lastPosition - (last == null ? 0 : deltas(last) * incrementBytes());
        this.lastSequence = last == null ? recovered.nextSequence() : last.nextSequence();
    }

    private static long deltas(Checkpoint checkpoint) {
        return checkpoint.tables().stream()
                .mapToLong(table -> table.deltas().size())
                .max()
                .orElse(0);
    }

    private long incrementBytes() {
        return Math.min(INCREMENT_BYTES, Math.max(1, store.config().checkpointBytes() / LEAST_INCREMENTS));
    }

    /** Whether it is time to write all index files. */
    synchronized boolean isFullDue() {
        Checkpoint before = last;
        if (before == null) {
            return isLogLong();
        }
        long written = store.position() - lastFullPosition;
        return written >= Math.max(store.config().checkpointBytes(), LOG_FOR_INDEX * indexBytes())
                || deltas(before) >= MOST_DELTAS;
    }

    /** While index files take so long that there are many deltas, these are made less often, so that the files get done. */
    private boolean isLogLong() {
        Checkpoint before = last;
        long times = before == null ? 1 : 1 + deltas(before) / MOST_DELTAS;
        return store.position() - lastPosition >= times * incrementBytes()
                || store.log().nextSequence() - lastSequence >= times * INCREMENT_RECORDS;
    }

    private long indexBytes() {
        return store.durableTables().stream()
                .mapToLong(table -> table.view().index().bytes())
                .sum();
    }

    /** Makes an increment if it is time to. Who does something that takes long calls it now and then. @return whether it was */
    synchronized boolean keepUp() throws IOException {
        Checkpoint before = last;
        if (before == null || !isLogLong()) {
            return false;
        }
        TieredStore.Catalogue ignored = increment(before);
        return true;
    }

    /** Makes an increment, if there is a checkpoint that it can be added to. @return whether there was */
    synchronized boolean increment() throws IOException {
        Checkpoint before = last;
        if (before != null) {
            TieredStore.Catalogue ignored = increment(before);
        }
        return before != null;
    }

    private TieredStore.Catalogue increment(Checkpoint before) throws IOException {
        TieredStore.Catalogue catalogue = store.catalogue();
        store.awaitDurable(store.position());
        List<Checkpoint.TableState> tables;
        try (LogFold fold = new LogFold()) {
            fold(before, catalogue.moment(), fold);
            tables = addDeltas(before, catalogue.tables(), fold.tables());
        } catch (DamageException | NoSuchFileException e) {
            log.error("no increment of the checkpoint, but a full one when it is time: {}", e.getMessage());
            last = null;
            return catalogue;
        }
        Named named = new Named();
        Map<Long, Checkpoint.SegmentState> known = new HashMap<>();
        before.segments().forEach(state -> known.put(state.number(), state));
        for (Segment segment : store.segments().all()) {
            named.add(
                    segment,
                    stateInIncrement(
                            segment,
                            known.get(segment.number()),
                            catalogue.moment().end()));
        }
        write(momentOf(catalogue), tables, named);
        noteLast(catalogue.moment());
        return catalogue;
    }

    /** What the log itself remembers costs a small part of what reading it does. */
    private void fold(Checkpoint before, StoreLog.Moment moment, LogFold fold) throws IOException {
        RecentChanges.Range changes = lastChanges < 0 ? null : store.log().changes(lastChanges, moment.changes());
        if (changes == null) {
            fold.read(store.segments(), before.replayFrom(), moment.end());
        } else {
            fold.add(changes);
        }
    }

    private void noteLast(StoreLog.Moment moment) {
        lastPosition = moment.position();
        lastChanges = moment.changes();
        store.log().forgetChanges(lastChanges);
    }

    /** The segments that a checkpoint names. */
    private static final class Named {
        final List<Checkpoint.SegmentState> states = new ArrayList<>();
        final List<Segment> segments = new ArrayList<>();
        /** Those that it names as cold, and whose files may go. */
        final List<Segment> leaving = new ArrayList<>();

        void add(Segment segment, Checkpoint.@Nullable SegmentState state) {
            if (state == null) {
                return;
            }
            states.add(state);
            if (!segment.isRetired()) {
                segments.add(segment);
                if (state.isCold() && segment.isLocal()) {
                    leaving.add(segment);
                }
            }
        }
    }

    /** What a checkpoint says of the moment at which it was begun. */
    private Checkpoint momentOf(TieredStore.Catalogue catalogue) {
        return new Checkpoint(
                storeId,
                number + 1,
                catalogue.moment().end(),
                catalogue.moment().nextSequence(),
                catalogue.lastTableId(),
                List.of(),
                catalogue.aliases(),
                List.of(),
                List.of());
    }

    private List<Checkpoint.TableState> addDeltas(
            Checkpoint before, List<TieredTable> tables, Map<Integer, CellIndex> changes) throws IOException {
        Map<Integer, Checkpoint.TableState> known = new HashMap<>();
        before.tables().forEach(state -> known.put(state.id(), state));
        List<Checkpoint.TableState> states = new ArrayList<>();
        for (TieredTable table : tables) {
            Checkpoint.TableState state = known.get(table.id());
            List<String> deltas = new ArrayList<>(state == null ? List.of() : state.deltas());
            CellIndex changed = changes.get(table.id());
            if (changed != null) {
                String file = "delta-%d-%016x.idx".formatted(table.id(), number + 1);
                IndexFile.write(store.directory().resolve(file), disk, storeId, changed);
                deltas.add(file);
            }
            states.add(stateOf(table, state == null ? "" : state.indexFile(), deltas));
        }
        return states;
    }

    private static Checkpoint.TableState stateOf(TieredTable table, String indexFile, List<String> deltas) {
        return new Checkpoint.TableState(
                table.id(), table.spec().name(), table.spec().encode(), indexFile, deltas);
    }

    /** @return nothing for a segment that an increment does not name */
    private static Checkpoint.@Nullable SegmentState stateInIncrement(
            Segment segment, Checkpoint.@Nullable SegmentState known, LogEnd replayFrom) {
        if (known == null && segment.kind() == SegmentKind.PACKED) {
            return null;
        }
        if (segment.isRetired() && known != null) {
            // Its rows have moved, but index files and deltas name it: it stays where it was.
            return stateOf(segment, known.coldName());
        }
        return stateOf(segment, replayFrom);
    }

    /** @return nothing for a segment of which there is no file yet */
    private static Checkpoint.@Nullable SegmentState stateOf(Segment segment, LogEnd replayFrom) {
        if (segment.isLocal() && !Files.exists(segment.path())) {
            return null;
        }
        ColdCopy copy = segment.isRetired() || isReplayed(segment, replayFrom.segment()) ? null : segment.cold();
        return stateOf(segment, copy == null ? "" : copy.name());
    }

    private static Checkpoint.SegmentState stateOf(Segment segment, String coldName) {
        return new Checkpoint.SegmentState(
                segment.slot(),
                segment.number(),
                segment.kind(),
                segment.written(),
                segment.records(),
                segment.live(),
                coldName);
    }

    /** Writes all index files, and a checkpoint of them. Segments whose rows had moved before go. */
    synchronized void full() throws IOException {
        store.tables().forEach(table -> table.upkeep().settle());
        List<Segment> retired =
                store.segments().all().stream().filter(Segment::isRetired).toList();
        Checkpoint before = indexBytes() >= incrementBytes() / LARGE_SHARE ? last : null;
        // Deltas that come from here on change what the index files say; those before have nothing new for them.
        TieredStore.Catalogue catalogue = before == null ? store.catalogue() : increment(before);
        Checkpoint begun = before == null ? null : last;
        Map<Integer, String> files = new HashMap<>();
        try {
            long first = number + 1;
            for (TieredTable table : catalogue.tables()) {
                files.put(table.id(), writeIndex(table, first, begun != null));
            }
            store.awaitDurable(store.position());
            finish(catalogue, begun, files, retired);
        } finally {
            underWay.clear();
        }
        for (Segment segment : retired) {
            // Else the next full checkpoint deletes it, or the next start.
            if (!store.segments().isPinned()) {
                store.segments().remove(segment, disk);
            }
        }
    }

    /** @param begun the increment behind which the index files were written; nothing where none was made since */
    private void finish(
            TieredStore.Catalogue catalogue,
            @Nullable Checkpoint begun,
            Map<Integer, String> files,
            List<Segment> retired)
            throws IOException {
        Checkpoint now = begun == null ? null : last;
        List<Checkpoint.TableState> tables = new ArrayList<>();
        if (begun == null || now == null) {
            for (TieredTable table : catalogue.tables()) {
                tables.add(stateOf(table, files.getOrDefault(table.id(), ""), List.of()));
            }
        } else {
            now.tables().forEach(state -> tables.add(renewed(state, begun, files.get(state.id()))));
        }
        Checkpoint moment = now == null ? momentOf(catalogue) : now;
        Named named = new Named();
        for (Segment segment : store.segments().all()) {
            if (!retired.contains(segment)) {
                named.add(segment, stateOf(segment, moment.replayFrom()));
            }
        }
        ColdTier cold = store.coldTier();
        if (cold != null) {
            cold.discard(retired);
        }
        write(moment, tables, named);
        lastFullPosition = catalogue.moment().position();
        if (now == null) {
            noteLast(catalogue.moment());
        }
    }

    /** The state of a table that has a new index file, but for one that was made meanwhile; with the deltas that came meanwhile. */
    private static Checkpoint.TableState renewed(
            Checkpoint.TableState now, Checkpoint begun, @Nullable String indexFile) {
        if (indexFile == null) {
            return now;
        }
        long before = begun.tables().stream()
                .filter(state -> state.id() == now.id())
                .mapToLong(state -> state.deltas().size())
                .sum();
        return new Checkpoint.TableState(
                now.id(),
                now.name(),
                now.spec(),
                indexFile,
                now.deltas().subList((int) before, now.deltas().size()));
    }

    private String writeIndex(TieredTable table, long checkpoint, boolean keepsUp) throws IOException {
        String file = "table-%d-%016x.idx".formatted(table.id(), checkpoint);
        underWay.add(file);
        Path path = store.directory().resolve(file);
        IndexFile.Places places = (index, from, cells, into) -> {
            boolean ignored = keepsUp && keepUp();
            return table.upkeep().copyCells(index, from, cells, into);
        };
        for (int i = 0; i < ATTEMPTS; i++) {
            // Its cells are read later than the moment from which the log is replayed.
            if (IndexFile.write(path, disk, storeId, table.upkeep().indexBehindWriters(), places)) {
                return file;
            }
        }
        throw new IOException("the index of table " + table.spec().name() + " grew " + ATTEMPTS
                + " times while it was saved; it is tried again later");
    }

    private void write(Checkpoint moment, List<Checkpoint.TableState> tables, Named named) throws IOException {
        ColdTier cold = store.coldTier();
        List<String> unwanted = new ArrayList<>(cold == null ? List.of() : cold.unwanted());
        named.states.forEach(state -> unwanted.remove(state.coldName()));
        Checkpoint next = moment.with(number + 1, tables, named.states, unwanted);
        next.write(store.directory(), disk);
        number = next.number();
        last = next;
        lastSequence = next.nextSequence();
        settle(named.segments, next.replayFrom().segment());
        if (cold != null) {
            if (!store.segments().isPinned()) {
                cold.checkpointed(unwanted);
            }
            cold.left(named.leaving);
        }
        removeOlder(next);
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

    private void removeOlder(Checkpoint newest) throws IOException {
        Set<String> kept = new HashSet<>(underWay);
        kept.add(Checkpoint.fileName(newest.number()));
        newest.tables().forEach(table -> kept.addAll(table.files()));
        try (Stream<Path> files = Files.list(store.directory())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                boolean ours = Checkpoint.isCheckpoint(name) || name.endsWith(".idx") || name.endsWith(".tmp");
                if (ours && !kept.contains(name)) {
                    boolean ignored = disk.delete(file);
                }
            }
        }
    }

    /** An index is damaged. Without its checkpoint, the next start reads the segments, which have all that it said. */
    synchronized void revoke() throws IOException {
        last = null;
        boolean ignored = disk.delete(store.directory().resolve(Checkpoint.fileName(number)));
        disk.forceDirectory(store.directory());
    }
}
