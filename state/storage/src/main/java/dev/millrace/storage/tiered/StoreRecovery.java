package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.memory.CellIndex;
import dev.millrace.storage.segment.Checkpoint;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.IndexFile;
import dev.millrace.storage.segment.LogEnd;
import dev.millrace.storage.segment.LogReplay;
import dev.millrace.storage.segment.RecordOrder;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import dev.millrace.storage.segment.Segments;
import dev.millrace.storage.segment.StoredRow;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * Opens what is on disk: the newest checkpoint, whose index files are mapped and used as they are, and the log behind it. Where
 * there is no whole checkpoint, all segments are read and the newest record of each key counts. Owned by the opening thread.
 */
final class StoreRecovery {
    private static final Logger log = LoggerFactory.getLogger(StoreRecovery.class);

    private final Path directory;
    private final boolean skipDamage;
    private final @Nullable ColdStore cold;
    private final Segments segments;
    private final Map<Integer, RecoveredTable> tables = new TreeMap<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, Long> newestAlias = new HashMap<>();
    private final Set<String> wanted = new HashSet<>();
    private final Map<Long, String> coldNames = new HashMap<>();
    private final List<String> unwanted = new ArrayList<>();
    private final List<DamageException> damage = new ArrayList<>();
    /** Tables that the log drops. Their rows are counted later: that takes as long as they are large. */
    private final List<RecoveredTable> forgotten = new ArrayList<>();

    private @Nullable Checkpoint taken;
    /** The table of the row before, which is often that of the next. */
    private @Nullable RecoveredTable current;

    private long replayedBytes;
    private long storeId;
    private long checkpointNumber;
    private LogEnd end = LogEnd.NONE;
    private long nextSequence = 1;
    private int lastTableId;

    private StoreRecovery(Path directory, boolean skipDamage, @Nullable ColdStore cold) {
        this.cold = cold;
        this.directory = directory;
        this.skipDamage = skipDamage;
        this.segments = new Segments(directory);
    }

    /** @throws DamageException where acknowledged writes are affected and damage is not to be skipped */
    static StoreRecovery run(Path directory, StoreConfig config) throws IOException {
        boolean skipDamage = config.skipDamage();
        ColdStore cold = config.cold() == null ? null : config.cold().store();
        StoreRecovery quick = new StoreRecovery(directory, skipDamage, cold);
        try {
            quick.run(true);
            return quick;
        } catch (MillraceException e) {
            // A block of an index file; segments have all that it said.
            if (!(e.getCause() instanceof DamageException block)) {
                throw e;
            }
            log.error("{}; the store is made anew from its segments, which takes a while", e.getMessage());
            StoreRecovery slow = new StoreRecovery(directory, skipDamage, cold);
            slow.damage.add(block);
            slow.checkpointNumber = quick.checkpointNumber;
            slow.run(false);
            return slow;
        }
    }

    private void run(boolean byCheckpoint) throws IOException {
        Path newest = byCheckpoint ? Checkpoint.newest(directory) : null;
        Checkpoint checkpoint = newest == null ? null : readCheckpoint(newest);
        List<SegmentFile> files = segmentFiles();
        if (checkpoint != null && takeUp(checkpoint)) {
            wanted.add(Checkpoint.fileName(checkpoint.number()));
            checkpoint.segments().stream()
                    .filter(state -> !state.isCold())
                    .forEach(state -> wanted.add(Segments.fileName(state.number(), state.kind())));
            replay(checkpoint.replayFrom(), files);
        } else if (files.isEmpty()) {
            storeId = ThreadLocalRandom.current().nextLong();
        } else {
            new ColdFetch(directory, cold).run(coldNames);
            rebuild(segmentFiles());
        }
        findNamelessObjects();
    }

    /** What was put in the cold tier, or was about to be, and no checkpoint came to name. */
    private void findNamelessObjects() throws IOException {
        for (String name : ColdPuts.read(directory)) {
            if (!coldNames.containsValue(name) && !unwanted.contains(name)) {
                unwanted.add(name);
            }
        }
    }

    private @Nullable Checkpoint readCheckpoint(Path file) throws IOException {
        try {
            return Checkpoint.read(file);
        } catch (DamageException e) {
            log.error("{}; the store is made anew from its segments, which takes a while", e.getMessage());
            damage.add(e);
            checkpointNumber =
                    Long.parseUnsignedLong(file.getFileName().toString().substring("checkpoint-".length()), 16);
            return null;
        }
    }

    /** @return false where an index file is not whole */
    private boolean takeUp(Checkpoint checkpoint) throws IOException {
        checkpointNumber = checkpoint.number();
        storeId = checkpoint.storeId();
        Map<Integer, RecoveredTable> mapped = new TreeMap<>();
        for (Checkpoint.TableState state : checkpoint.tables()) {
            try {
                mapped.put(state.id(), map(state));
                wanted.addAll(state.files());
            } catch (IOException | IllegalArgumentException e) {
                log.error("{}; the store is made anew from its segments, which takes a while", e.getMessage());
                damage.add(new DamageException(state.indexFile(), 0, String.valueOf(e.getMessage())));
                wanted.clear();
                return false;
            }
        }
        taken = checkpoint;
        for (Checkpoint.SegmentState state : checkpoint.segments()) {
            Segment segment = segments.adopt(state.slot(), state.number(), state.kind());
            segment.setWritten(state.isCold() ? state.written() : requireWhole(state, checkpoint.replayFrom()));
            segment.count(state.records());
            segment.setLive(state.live());
            if (state.isCold()) {
                segment.leave();
                coldNames.put(state.number(), state.coldName());
            }
        }
        StoreCheckpoints.settle(segments.all(), checkpoint.replayFrom().segment());
        unwanted.addAll(checkpoint.unwanted());
        tables.putAll(mapped);
        aliases.putAll(checkpoint.aliases());
        nextSequence = checkpoint.nextSequence();
        lastTableId = checkpoint.lastTableId();
        return true;
    }

    /** A table's index as it lies on disk, with its deltas. */
    private RecoveredTable map(Checkpoint.TableState state) throws IOException {
        List<Delta> deltas = new ArrayList<>();
        long rows = 0;
        for (String name : state.deltas().reversed()) {
            IndexFile.Mapped file = IndexFile.map(directory.resolve(name), storeId);
            deltas.add(new Delta(file.index(), file.blocks(), false));
            rows += file.rows();
        }
        View view;
        if (state.indexFile().isEmpty()) {
            view = new View(CellIndex.sizedFor(16), null, deltas);
        } else {
            IndexFile.Mapped file = IndexFile.map(directory.resolve(state.indexFile()), storeId);
            view = new View(file.index(), file.blocks(), deltas);
            rows += file.rows();
        }
        return new RecoveredTable(state.id(), TableSpec.decode(state.spec()), segments, view, rows);
    }

    /**
     * Finds out now, and not when a row is read, that a segment was cut or lost.
     *
     * @return where its records end
     */
    private long requireWhole(Checkpoint.SegmentState state, LogEnd replayFrom) throws IOException {
        Path file = directory.resolve(Segments.fileName(state.number(), state.kind()));
        long size = Files.exists(file) ? Files.size(file) : 0;
        long sure = sureBytes(state, replayFrom);
        if (size < sure) {
            found(new DamageException(file.toString(), size, "the file should have " + sure + " bytes at least"));
        }
        return Math.min(size, state.written());
    }

    /** How many bytes of a segment were on disk when the checkpoint was made that names it; 0 where it had no records. */
    static long sureBytes(Checkpoint.SegmentState state, LogEnd replayFrom) {
        // What the log has behind its end of then may have been on its way to the disk.
        boolean sealed = state.kind() == SegmentKind.PACKED || state.number() < replayFrom.segment();
        long sure = state.number() == replayFrom.segment() ? replayFrom.bytes() : sealed ? state.written() : 0;
        // One without records may have been about to be made.
        return sure > SegmentFormat.HEADER_BYTES ? sure : 0;
    }

    private void replay(LogEnd from, List<SegmentFile> files) throws IOException {
        List<Segment> chain = new ArrayList<>();
        for (SegmentFile file : files) {
            segments.skipNumber(file.number());
            if (file.kind() == SegmentKind.LOG && file.number() >= from.segment()) {
                Segment known = segments.byNumber(file.number());
                chain.add(known == null ? segments.adopt(file.number(), file.kind()) : known);
                wanted.add(file.name());
            }
        }
        LogReplay replay = new LogReplay(chain, from, nextSequence, skipDamage, this::apply);
        replay.run();
        for (Segment segment : chain) {
            replayedBytes += Math.max(0, segment.written() - (segment.number() == from.segment() ? from.bytes() : 0));
        }
        damage.addAll(replay.damage());
        end = replay.end();
        nextSequence = replay.nextSequence();
    }

    private void apply(StoredRow row) {
        if (row.table == Catalog.TABLE) {
            applyToCatalog(row);
            return;
        }
        RecoveredTable table = current;
        if (table == null || table.id() != row.table) {
            table = tables.get(row.table);
            current = table;
        }
        if (table == null) {
            segments.countDead(row.place);
        } else {
            table.apply(row);
        }
    }

    private void applyToCatalog(StoredRow row) {
        Catalog.Entry entry = entryOf(row);
        lastTableId = Math.max(lastTableId, entry.tableId());
        current = null;
        switch (entry) {
            case Catalog.Table made ->
                tables.putIfAbsent(made.id(), RecoveredTable.empty(made.id(), made.spec(), segments));
            case Catalog.Dropped dropped -> {
                RecoveredTable gone = tables.remove(dropped.id());
                if (gone != null) {
                    forgotten.add(gone);
                }
            }
            case Catalog.Alias alias -> aliases.put(alias.name(), alias.table());
        }
    }

    private Catalog.Entry entryOf(StoredRow row) {
        try {
            return Catalog.read(row);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED,
                    "the store in " + directory + " has a record of its tables that this program does not read: "
                            + e.getMessage() + ". Open it with the program that wrote it",
                    e);
        }
    }

    /** Reads every segment. A key's record with the greatest sequence counts, wherever it lies. */
    private void rebuild(List<SegmentFile> files) throws IOException {
        Map<Integer, CellIndex> newest = new HashMap<>();
        for (boolean catalog : new boolean[] {true, false}) {
            for (SegmentFile file : files) {
                Segment known = segments.byNumber(file.number());
                Segment segment = known == null ? segments.adopt(file.number(), file.kind()) : known;
                wanted.add(file.name());
                readAll(segment, catalog, newest);
            }
        }
        segments.all().stream()
                .filter(segment -> segment.kind() == SegmentKind.LOG)
                .reduce((a, b) -> b)
                .ifPresent(last -> end = new LogEnd(last.number(), last.written()));
    }

    private void readAll(Segment segment, boolean catalog, Map<Integer, CellIndex> newest) throws IOException {
        StoredRow row = new StoredRow();
        try {
            storeId = SegmentScan.header(segment.path()).storeId();
        } catch (DamageException e) {
            damage.add(e);
        }
        try (SegmentScan scan =
                new SegmentScan(segment.path(), segment.slot(), SegmentFormat.HEADER_BYTES, Long.MAX_VALUE)) {
            RecordOrder order = new RecordOrder(segment, SegmentFormat.HEADER_BYTES);
            DamageException open = null;
            boolean more = true;
            while (more) {
                try {
                    more = scan.next(row);
                    // Damage at the end of a packed segment means that it was not finished.
                    if (more && open != null && segment.kind() == SegmentKind.PACKED) {
                        found(open);
                        open = null;
                    }
                    if (more && segment.kind() == SegmentKind.LOG) {
                        order.require(row, scan);
                    }
                    if (more && !scan.isMark() && catalog == (row.table == Catalog.TABLE)) {
                        segment.count(1);
                        applyNewest(row, newest);
                    }
                } catch (DamageException e) {
                    open = e;
                    if (segment.kind() == SegmentKind.LOG) {
                        if (!SegmentScan.hasMark(segment.path(), e.offset())) {
                            // What a crash tore off, and what of it lies behind: nobody was told of it.
                            segment.setWritten(order.soundEnd());
                            return;
                        }
                        found(e);
                        order.skip();
                    }
                    scan.skipDamage();
                }
            }
            segment.setWritten(scan.offset());
        }
    }

    private void found(DamageException what) throws DamageException {
        if (!skipDamage) {
            throw what;
        }
        damage.add(what);
    }

    private void applyNewest(StoredRow row, Map<Integer, CellIndex> newest) {
        nextSequence = Math.max(nextSequence, row.sequence + 1);
        if (row.table == Catalog.TABLE && !row.removal && Catalog.read(row) instanceof Catalog.Alias alias) {
            // By its name: two names may have the same key.
            segments.countDead(row.place);
            if (row.sequence > newestAlias.getOrDefault(alias.name(), 0L)) {
                newestAlias.put(alias.name(), row.sequence);
                aliases.put(alias.name(), alias.table());
            }
            return;
        }
        CellIndex index = newest.computeIfAbsent(row.table, id -> CellIndex.sizedFor(16));
        if (index.isFull()) {
            index = new View(index).enlarged(index.usedCells()).index();
            newest.put(row.table, index);
        }
        long position = index.find(row.key, index.home(row.key));
        long known = CellIndex.place(index.entry(position));
        if (row.sequence > known) {
            index.set(position, row.key, CellIndex.next(0, false, row.sequence));
            apply(row);
        } else {
            segments.countDead(row.place);
        }
    }

    private record SegmentFile(String name, long number, SegmentKind kind) {}

    private List<SegmentFile> segmentFiles() throws IOException {
        List<SegmentFile> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                for (SegmentKind kind : SegmentKind.values()) {
                    if (Segments.isSegment(name, kind)) {
                        found.add(new SegmentFile(name, Segments.numberOf(name), kind));
                    }
                }
            }
        }
        found.sort((a, b) -> Long.compare(a.number(), b.number()));
        return found;
    }

    /** What an ended checkpoint or packing left behind. */
    List<Path> leftovers() throws IOException {
        List<Path> leftovers = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                boolean ours = name.endsWith(".tmp")
                        || name.endsWith(".idx")
                        || name.endsWith(ColdTier.SEALING)
                        || Checkpoint.isCheckpoint(name)
                        || Segments.isSegment(name, SegmentKind.LOG)
                        || Segments.isSegment(name, SegmentKind.PACKED);
                if (ours && !wanted.contains(name)) {
                    leftovers.add(file);
                }
            }
        }
        return leftovers;
    }

    /**
     * Cuts off what a crash tore: nobody was told of it, and a record in it that happens to be whole must not be taken for a
     * newer one later. What was read must be on disk before anything follows from it: a process that died may have left it in the
     * system's cache alone, and the next segment will say that it is there.
     */
    void settleEnd(Disk disk) throws IOException {
        Segment last = segments.byNumber(end.segment());
        if (last != null) {
            try (DiskFile file = disk.open(last.path())) {
                if (file.size() > end.bytes()) {
                    file.truncate(end.bytes());
                }
                file.force();
            }
        }
        disk.forceDirectory(directory);
    }

    int lastTableId() {
        return lastTableId;
    }

    /** The checkpoint at which the store opens; nothing where it is made anew from its segments, or is new. */
    @Nullable
    Checkpoint checkpoint() {
        return taken;
    }

    /** How much of the log lies behind the checkpoint. */
    long replayedBytes() {
        return replayedBytes;
    }

    /** Tables that are no more, whose rows are still counted as wanted. */
    List<RecoveredTable> forgotten() {
        return forgotten;
    }

    Segments segments() {
        return segments;
    }

    Map<Integer, RecoveredTable> tables() {
        return tables;
    }

    Map<String, String> aliases() {
        return aliases;
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where segments lie in a cold store and the store has none */
    void requireCold(StoreConfig config) {
        if (!coldNames.isEmpty()) {
            ColdStore there = ColdFetch.required(
                    directory, config.cold() == null ? null : config.cold().store());
            ColdFetch.requireThere(directory, there, coldNames.values());
        }
    }

    /** The cold objects of segments, by the segment's number. */
    Map<Long, String> coldNames() {
        return coldNames;
    }

    /** Cold objects that may still be there and that nobody needs. */
    List<String> unwanted() {
        return unwanted;
    }

    long storeId() {
        return storeId;
    }

    long checkpointNumber() {
        return checkpointNumber;
    }

    LogEnd end() {
        return end;
    }

    long nextSequence() {
        return nextSequence;
    }

    /** What was found not to be as written, and passed over. */
    List<DamageException> damage() {
        return damage;
    }

    static MillraceException damaged(Path directory, DamageException e) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED,
                "the store in " + directory + " is damaged: " + e.getMessage()
                        + ". Put the file back from a copy, or open the store without what is damaged",
                e);
    }
}
