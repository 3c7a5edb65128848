package dev.millrace.storage.tiered;

import dev.millrace.kernels.RawMemory;
import dev.millrace.runtime.Agent;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.CachedColdReader;
import dev.millrace.storage.cold.ColdName;
import dev.millrace.storage.cold.ColdObjectWriter;
import dev.millrace.storage.cold.ColdRead;
import dev.millrace.storage.cold.ColdReport;
import dev.millrace.storage.cold.ColdStore;
import dev.millrace.storage.cold.ColdStoreException;
import dev.millrace.storage.cold.SealedFile;
import dev.millrace.storage.disk.Disk;
import dev.millrace.storage.disk.DiskFile;
import dev.millrace.storage.segment.ColdCopy;
import dev.millrace.storage.segment.Segment;
import dev.millrace.storage.segment.SegmentFormat;
import dev.millrace.storage.segment.SegmentKind;
import dev.millrace.storage.segment.SegmentScan;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Moves sealed segments to the cold store and reads rows from there. Reads are thread-safe; moving is the work of an agent of
 * its own, so that a slow cold store holds up neither checkpoints nor packing.
 *
 * <p>A segment leaves in steps: its object's name is noted; the object is put; it is read back whole; a checkpoint names the object; only then the
 * file goes. An object goes when a checkpoint no longer names it, and until it has gone checkpoints list it as unwanted: a
 * crash at any step leaves the file, or the object, or both.
 *
 * <p>What is asked for is not waited for longer than the reader's bound. After one read waited in vain the others wait no more
 * for as long again: so a batch, whose reads follow each other, is bounded as one read is. What they asked for is fetched
 * and cached meanwhile.
 */
final class ColdTier implements Agent, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ColdTier.class);

    /** What is sealed for the cold store and not yet there; a start deletes it. */
    static final String SEALING = ".sealing";

    /** What a read fetches at least. A row is a page or less; a request costs as much as some hundred kilobytes. */
    private static final int BLOCK_BYTES = 64 << 10;

    private static final int COPY_BYTES = 1 << 20;
    private static final Duration WHOLE_OBJECT = Duration.ofMinutes(10);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final TieredStore store;
    private final ColdTierConfig config;
    private final Disk disk;
    private final Clock clock = Clock.system();
    private final ColdPuts puts;
    private final CachedColdReader reader;
    private final Set<String> unwanted = new ConcurrentSkipListSet<>();
    /** Unwanted ones that a checkpoint on disk no longer names. */
    private final Set<String> deletable = new ConcurrentSkipListSet<>();

    private volatile long impatientUntil;
    private volatile boolean ending;
    private Duration pause = FIRST_PAUSE;
    private long restUntil;

    /** @param unwanted names of objects that may be there and that nobody needs */
    ColdTier(TieredStore store, ColdTierConfig config, Disk disk, List<String> unwanted) {
        this.store = store;
        this.config = config;
        this.disk = disk;
        this.puts = new ColdPuts(store.directory(), disk, unwanted);
        unwanted.forEach(this::discard);
        this.reader = new CachedColdReader(config.store(), config.reader(), clock);
        this.impatientUntil = clock.nanos();
        this.restUntil = clock.nanos();
    }

    /** The prefix of the names of a store's objects. */
    static String prefix(long storeId) {
        return "%016x/".formatted(storeId);
    }

    /** A number may come again after a crash; with the moment of its making it does not. */
    static ColdName nameOf(SegmentFormat.Header header, SegmentKind kind) {
        String suffix = kind == SegmentKind.LOG ? "log" : "pack";
        return new ColdName(
                prefix(header.storeId()) + "%016x-%016x.%s".formatted(header.number(), header.createdMillis(), suffix));
    }

    /** Lets a segment be read from its object. */
    void attach(Segment segment, String name) {
        segment.setCold(new Copy(segment, new ColdName(name)));
    }

    ColdReport report() {
        return reader.report();
    }

    @Override
    public String name() {
        return "store-cold";
    }

    @Override
    public int doWork() throws IOException {
        if (ending || clock.nanos() - restUntil < 0) {
            return 0;
        }
        try {
            int done = deleteOne() + moveOne();
            pause = FIRST_PAUSE;
            return done;
        } catch (ColdStoreException e) {
            log.warn("the cold store fails, and is tried again in {}: {}", pause, e.getMessage());
            restUntil = clock.nanos() + pause.toNanos();
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
            return 0;
        }
    }

    private synchronized int deleteOne() throws ColdStoreException {
        for (String name : deletable) {
            config.store().delete(new ColdName(name));
            reader.forget(new ColdName(name));
            deletable.remove(name);
            unwanted.remove(name);
            return 1;
        }
        return 0;
    }

    /**
     * Puts the segment that is to go next, if there is one, into the cold store.
     *
     * @return how many there were
     */
    synchronized int moveOne() throws IOException {
        Segment next = next();
        if (next == null) {
            return 0;
        }
        ColdName name = nameOf(SegmentScan.header(next.path()), next.kind());
        // Without a checkpoint, a start must know that files are not all there is, and what a crash left.
        puts.note(name.value());
        unwanted.remove(name.value());
        deletable.remove(name.value());
        Path sealed = next.path().resolveSibling(next.path().getFileName() + SEALING);
        try {
            seal(next, sealed);
            config.store().put(name, sealed);
        } catch (NoSuchFileException e) {
            if (!next.isRetired()) {
                throw e;
            }
            // It was packed meanwhile, and its file is gone.
            return 1;
        } finally {
            Files.deleteIfExists(sealed);
        }
        requireWhole(name);
        attach(next, name.value());
        if (next.isRetired()) {
            // It was packed meanwhile: the checkpoint may have been made that would have listed the object. The next
            // one does.
            unwanted.add(name.value());
        }
        return 1;
    }

    private void requireWhole(ColdName name) throws ColdStoreException {
        List<Integer> damaged = SealedFile.damagedBlocks(config.store(), name, Deadline.after(WHOLE_OBJECT));
        if (!damaged.isEmpty()) {
            throw new ColdStoreException(
                    ColdStoreException.Reason.DAMAGED,
                    name + " was put and does not read back: block " + damaged.getFirst()
                            + " is damaged; the file stays");
        }
    }

    private @Nullable Segment next() throws IOException {
        List<Segment> here = new ArrayList<>();
        long bytes = 0;
        for (Segment segment : store.segments().all()) {
            boolean stays = !segment.isSettled() || segment.isRetired() || segment.isLeftAlone();
            if (segment.isLocal() && segment.cold() == null && !stays) {
                here.add(segment);
                bytes += segment.written();
            }
        }
        long before = System.currentTimeMillis() - Math.min(config.olderThan().toMillis(), System.currentTimeMillis());
        for (Segment segment : here) {
            if (bytes > config.localBytes()
                    || SegmentScan.header(segment.path()).createdMillis() <= before) {
                return segment;
            }
        }
        return null;
    }

    private static void seal(Segment segment, Path into) throws IOException {
        Files.deleteIfExists(into);
        try (FileChannel from = FileChannel.open(segment.path(), StandardOpenOption.READ);
                ColdObjectWriter writer = ColdObjectWriter.create(into, BLOCK_BYTES)) {
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            long left = segment.written();
            while (left > 0) {
                buffer.clear().limit((int) Math.min(left, COPY_BYTES));
                if (from.read(buffer) < 0) {
                    throw new IOException(segment.path() + " ends " + left + " bytes before its records do");
                }
                left -= buffer.position();
                writer.write(buffer.flip());
            }
            writer.seal();
        }
    }

    /** A checkpoint names these segments as cold now: their files go. By the keeper. */
    void left(List<Segment> gone) throws IOException {
        for (Segment segment : gone) {
            segment.leave();
            boolean ignored = disk.delete(segment.path());
        }
    }

    /** Objects that the checkpoint under way no longer names. By the keeper. */
    void discard(List<Segment> retired) {
        for (Segment segment : retired) {
            ColdCopy copy = segment.cold();
            if (copy != null) {
                unwanted.add(copy.name());
            }
        }
    }

    private void discard(String name) {
        unwanted.add(name);
        deletable.add(name);
    }

    /** What nobody needs any more and what may still be there. */
    List<String> unwanted() {
        return List.copyOf(unwanted);
    }

    /** The checkpoint that lists these is on disk. */
    void checkpointed(List<String> listed) {
        deletable.addAll(listed);
    }

    /**
     * Fetches a segment whose records are to be packed. Checkpoints go on naming the object; so a start deletes the file again,
     * as does the next checkpoint if nothing came of the packing. By the keeper.
     */
    void bringBack(Segment segment) throws IOException {
        ColdCopy copy = segment.cold();
        if (copy != null && !segment.isLocal()) {
            fetch(config.store(), copy.name(), segment.path(), disk);
            segment.comeBack();
        }
    }

    /** Writes the content of an object to a file. */
    static void fetch(ColdStore from, String name, Path to, Disk disk) throws IOException {
        Path part = to.resolveSibling(to.getFileName() + SEALING);
        try (DiskFile file = disk.openOrCreate(part)) {
            file.truncate(0);
            long ignored = SealedFile.copyContent(from, new ColdName(name), file, Deadline.after(WHOLE_OBJECT));
            file.force();
        }
        disk.rename(part, to);
        disk.forceDirectory(Objects.requireNonNull(to.toAbsolutePath().getParent(), "a file has a folder"));
    }

    /** What is asked for is refused from now on; the cold store stays open. */
    void end() {
        ending = true;
    }

    @Override
    public void close() {
        reader.close();
    }

    /** A segment's object. Thread-safe. */
    private final class Copy implements ColdCopy {
        private final Segment segment;
        private final ColdName name;

        Copy(Segment segment, ColdName name) {
            this.segment = segment;
            this.name = name;
        }

        @Override
        public String name() {
            return name.value();
        }

        @Override
        public void prefetch(long position, int bytes) {
            int length = (int) Math.min(bytes, segment.written() - position);
            if (length > 0) {
                reader.prefetch(name, position, length);
            }
        }

        @Override
        public int read(long address, int bytes, long position) throws IOException {
            int length = (int) Math.min(bytes, segment.written() - position);
            if (length <= 0) {
                return 0;
            }
            boolean patient = clock.nanos() - impatientUntil >= 0;
            Deadline bound = patient ? Deadline.none() : Deadline.afterNanos(0, clock);
            ColdRead outcome = readWithin(bound, address, length, position);
            if (outcome == ColdRead.LATE && patient) {
                impatientUntil = clock.nanos() + config.reader().readTimeout().toNanos();
            }
            if (!outcome.isWhole()) {
                throw new OutOfReachException(name + " of the cold tier: " + outcome);
            }
            return length;
        }

        private ColdRead readWithin(Deadline bound, long address, int length, long position) {
            try {
                return reader.read(name, position, length, RawMemory.view(address, length), bound);
            } catch (IndexOutOfBoundsException e) {
                log.error("{} is shorter than the segment that it should be: {}", name, e.getMessage());
                return ColdRead.DAMAGED;
            }
        }
    }
}
