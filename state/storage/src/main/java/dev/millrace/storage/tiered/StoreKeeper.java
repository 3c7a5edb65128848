package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Agent;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.segment.DamageException;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.together.KeySets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The store's work in the background: settles indexes after a start, fills memory, has checkpoints made and segments packed. Its work
 * is synchronised; anybody may ask for it. While something takes long, {@link StoreCheckpoints} keep up with the log.
 */
final class StoreKeeper implements Agent {
    private static final Logger log = LoggerFactory.getLogger(StoreKeeper.class);

    /** Less than this part of what is packed on disk must be wanted of a cold segment, which is fetched whole for it. */
    private static final double COLD_SHARE = 0.5;
    /** Of 256 MB: with rows overwritten at random, those of a store of one segment are nearly empty when they are packed. */
    private static final long SPARE_SEGMENTS = 4;

    private final TieredStore store;
    private final Disk disk;
    private final long storeId;
    private final StoreCheckpoints checkpoints;
    /** Tables that are no more, whose rows are still counted as wanted. */
    private final List<RecoveredTable> forgotten;

    private boolean settled;
    private boolean warmUpBegun;
    /** The cold store did not give a segment to be packed: the others are not waited for. */
    private boolean coldFails;

    private volatile boolean warm;

    StoreKeeper(TieredStore store, Disk disk, StoreRecovery recovered) {
        this.store = store;
        this.disk = disk;
        this.storeId = recovered.storeId();
        this.checkpoints = new StoreCheckpoints(store, disk, recovered);
        this.forgotten = List.copyOf(recovered.forgotten());
    }

    @Override
    public String name() {
        return "store-keeper";
    }

    @Override
    public int doWork() throws IOException {
        // Settled first: an increment before would save as wanted what the start has yet to uncount.
        if (settleSome() || checkpoints.keepUp() || preTouch()) {
            return 1;
        }
        if (!warmUpBegun) {
            warmUpBegun = true;
            warmUp();
            warm = true;
            return 1;
        }
        if (!checkpoints.isFullDue()) {
            return 0;
        }
        int packed = pack(WornSegments::untilShare);
        checkpoint();
        return packed + 1;
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

    /**
     * Has a part of the indexes of a start settled. A damaged one must not be saved as if it were whole.
     *
     * @return whether there was something to do
     */
    private synchronized boolean settleSome() throws IOException {
        if (settled) {
            return false;
        }
        try {
            for (TieredTable table : store.tables()) {
                if (table.upkeep().settleSome()) {
                    return true;
                }
            }
            forgetDropped();
            settled = true;
            return true;
        } catch (MillraceException e) {
            // Once: what is damaged stays so until the next start, and says so to whoever reads it.
            settled = true;
            if (e.getCause() instanceof DamageException damage) {
                store.found().add(damage);
            }
            checkpoints.revoke();
            throw e;
        }
    }

    private void forgetDropped() {
        MillraceException damage = null;
        for (RecoveredTable table : forgotten) {
            try {
                table.forget();
            } catch (MillraceException e) {
                damage = e;
            }
        }
        if (damage != null) {
            throw damage;
        }
    }

    /** Fills memory with rows as after a start. */
    synchronized void warmUp() throws IOException {
        new WarmUp(store, checkpoints).run();
    }

    /** Packs every segment that is worth it. @return how many were packed */
    int pack() throws IOException {
        return pack(WornSegments::belowShare);
    }

    /**
     * Packs every segment but the log's newest, so that rows lie together that are asked for together.
     *
     * @param together by table
     * @return how many were packed
     */
    int packTogether(Map<TieredTable, KeySets> together) throws IOException {
        List<RowOrder> orders = new ArrayList<>();
        List<Segment> all = store.segments().all();
        requireRoom(all);
        together.forEach((table, sets) -> orders.add(RowOrder.of(table, sets, all)));
        return packAll(orders);
    }

    /** For the wanted part of all segments and one more: the old ones go when all is written. */
    private void requireRoom(List<Segment> all) throws IOException {
        double bytes = store.config().log().segmentBytes();
        for (Segment segment : all) {
            if (segment.isLocal() && !segment.isRetired() && !segment.isLeftAlone() && segment.records() > 0) {
                bytes += (double) segment.written() * store.segments().wanted(segment) / segment.records();
            }
        }
        long usable = disk.usableBytes(store.directory());
        if (bytes > usable) {
            throw new MillraceException(
                    ErrorCode.CONFLICT,
                    "packing " + store.directory() + " anew writes up to " + (long) bytes
                            + " bytes before it frees any," + " and its disk has room for " + usable
                            + "; make room first. Nothing was changed");
        }
    }

    private synchronized int packAll(List<RowOrder> orders) throws IOException {
        List<Segment> sealed = sealed();
        sealed.removeIf(Segment::isLeftAlone);
        return sealed.isEmpty() ? 0 : new Packing(store, disk, storeId, checkpoints).pack(sealed, orders);
    }

    private synchronized int pack(BiFunction<WornSegments, List<Segment>, List<Segment>> choice) throws IOException {
        List<Segment> sealed = sealed();
        List<Segment> worn =
                choice.apply(new WornSegments(store.segments(), store.config().packBelow(), spareBytes()), sealed);
        return worn.isEmpty() ? 0 : new Packing(store, disk, storeId, checkpoints).pack(worn, List.of());
    }

    /** Segments that can be packed, without rows whose time is over. */
    private List<Segment> sealed() throws IOException {
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
        return sealed;
    }

    private long spareBytes() {
        return SPARE_SEGMENTS * store.config().log().segmentBytes();
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
        checkpoints.full();
    }

    /**
     * Makes the checkpoint of a store that closes, but waits no longer than so for it: the disk may not answer.
     *
     * @return who makes it, and may write where the disk answers after all
     */
    Thread lastCheckpoint(Duration limit) {
        Thread writer =
                Thread.ofPlatform().name("store-last-checkpoint").daemon().start(this::checkpointOrTell);
        try {
            if (!writer.join(limit)) {
                log.error(
                        "no checkpoint at the end: the disk of {} has not taken it within {}; the store ends without it, and the"
                                + " next start reads the log instead. Nothing that was acknowledged is lost",
                        store.directory(),
                        limit);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            log.warn("no checkpoint at the end, which was interrupted; the next start reads the log instead");
        }
        return writer;
    }

    private void checkpointOrTell() {
        try {
            checkpoint();
        } catch (IOException | RuntimeException e) {
            log.warn("no checkpoint at the end; the next start reads the log instead: {}", e.toString());
        }
    }

    /** Adds to the checkpoint what the log has changed since. @return whether there was one */
    boolean increment() throws IOException {
        return checkpoints.increment();
    }
}
