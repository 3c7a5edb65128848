package dev.millrace.storage.personal;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.DirectoryLock;
import dev.millrace.storage.cipher.KeyWrapper;
import dev.millrace.storage.disk.Disk;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The keys of people, on disk and wrapped, each made when it is first needed and dropped for good.
 *
 * <p>A change returns when it is on disk; changes that come while the disk is busy share its next synchronisation. A drop is
 * a record, which is forced first, and then the key's own bytes, which are overwritten and forced: after a crash between the
 * two, the opening ends it. What was dropped never comes back. {@link #rewrite} removes the records themselves and changes
 * the master key.
 *
 * <p>When the disk fails so that nobody knows what it holds, every later change fails until the table is opened again.
 *
 * <p>Thread-safe; one process at a time. Readers of keys take no lock.
 */
public final class KeyTable implements AutoCloseable {
    /** Unwrapped keys in memory, about 200 bytes each: 13 MB. */
    private static final int CACHED_KEYS = 1 << 16;

    /** A record has 128 bytes: a group is written with one write of 512 KB at most. */
    private static final int GROUP = 4096;

    private final Disk disk;
    private final Path directory;
    private final Clock clock;
    private final int cachedKeys;
    private final AutoCloseable claim;
    private final SecureRandom random = new SecureRandom();
    private final List<Consumer<Set<SubjectId>>> holders = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<KeyChange> waiting = new ConcurrentLinkedQueue<>();
    private final long damagedAtOpening;
    private final long cutAtOpening;

    /** Held by the thread that commits; guards the fields below and the writing side of {@link #generation}. */
    private final ReentrantLock committing = new ReentrantLock();

    private final List<KeyWrapper> wrappers;
    private KeyWrapper wrapper;
    private long nextSequence;
    private long overwritten;
    private @Nullable MillraceException broken;
    private volatile KeyGeneration generation;

    /** A table that another process changes: what came since the last look is looked up again. */
    private final boolean readOnly;

    /** The last look for drops by another process of which everybody was told. */
    private Drops lastLook;

    private KeyTable(
            Place place, List<KeyWrapper> wrappers, Clock clock, int cachedKeys, AutoCloseable claim, boolean readOnly)
            throws IOException {
        this.disk = place.disk;
        this.directory = place.directory;
        this.wrappers = List.copyOf(wrappers);
        this.readOnly = readOnly;
        this.clock = clock;
        this.cachedKeys = cachedKeys;
        this.claim = claim;
        KeyOpening opening = new KeyOpening(disk, directory, wrappers, clock, cachedKeys);
        this.generation = readOnly ? opening.look() : opening.open();
        this.lastLook = new Drops(generation.path(), opening.lastWhole(), Set.of());
        this.nextSequence = opening.nextSequence();
        this.overwritten = opening.overwritten();
        this.damagedAtOpening = opening.damaged();
        this.cutAtOpening = opening.cut();
        String id = generation.file().header().wrapperId();
        this.wrapper = wrappers.stream()
                .filter(given -> given.id().equals(id))
                .findFirst()
                .orElseThrow();
        if (readOnly) {
            broken = new MillraceException(
                    ErrorCode.CONFLICT,
                    "key table " + directory + " was opened to be read; another process may change it");
        }
    }

    private record Place(Disk disk, Path directory) {}

    /**
     * Opens the key table of a directory, or makes one.
     *
     * @param wrappers the master keys: a new table takes the first, an old one that by which it was wrapped; to change it,
     *     give both and call {@link #rewrite}
     * @throws dev.millrace.model.MillraceException {@code CONFLICT} when another process has it open, naming which
     * @throws IOException when the table is damaged, or none of the master keys is its own
     */
    public static KeyTable open(Path directory, List<KeyWrapper> wrappers, Clock clock) throws IOException {
        Disk.local().createDirectories(directory);
        DirectoryLock claim = DirectoryLock.acquire(directory, "the key table");
        try {
            return new KeyTable(new Place(Disk.local(), directory), wrappers, clock, CACHED_KEYS, claim, false);
        } catch (IOException | RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    static KeyTable open(Disk disk, Path directory, List<KeyWrapper> wrappers, Clock clock, int cachedKeys)
            throws IOException {
        return new KeyTable(new Place(disk, directory), wrappers, clock, cachedKeys, () -> {}, false);
    }

    /**
     * Opens the key table of a directory to read it, whoever else has it open; no key is made or dropped. Keys that come later are
     * found; a drop is seen by who asks for a key that is not in memory, and by {@link #lookForDrops}.
     *
     * @throws IOException when there is none, it is damaged, or none of the master keys is its own
     */
    public static KeyTable openReadOnly(Path directory, List<KeyWrapper> wrappers) throws IOException {
        return new KeyTable(new Place(Disk.local(), directory), wrappers, Clock.system(), CACHED_KEYS, () -> {}, true);
    }

    /**
     * Makes a key for a person who has none.
     *
     * @return {@code DONE}, or {@code ERASED} for one whose key was dropped
     */
    public PersonalOutcome admit(SubjectId subject) {
        return submit(new KeyChange(KeyChange.Kind.ADMIT, subject)).outcome();
    }

    /** {@link #admit} for many people, in as few synchronisations as their number allows. */
    public void admitAll(Collection<SubjectId> subjects) {
        List<KeyChange> changes = new ArrayList<>(subjects.size());
        for (SubjectId subject : subjects) {
            changes.add(new KeyChange(KeyChange.Kind.ADMIT, subject));
        }
        submitAll(changes);
        changes.forEach(KeyChange::outcome);
    }

    /** Makes a new key for a person whose key was dropped and who came back; their old values stay erased. */
    public void readmit(SubjectId subject) {
        submit(new KeyChange(KeyChange.Kind.READMIT, subject)).outcome();
    }

    /**
     * Drops a person's key: every copy of their values is unreadable when this returns, and gone from the memory of those who
     * {@link #onDrop asked} to be told. To drop again gives the first receipt; a person without a key is refused one from now on.
     *
     * @throws MillraceException {@code STORAGE_FAILED} when the disk fails; the drop may be on disk then, and is ended when the
     *     table is opened again
     */
    public ErasureReceipt drop(SubjectId subject) {
        ErasureReceipt receipt =
                submit(new KeyChange(KeyChange.Kind.DROP, subject)).receipt();
        holders.forEach(holder -> holder.accept(Set.of(subject)));
        return receipt;
    }

    /**
     * Tells whoever holds decrypted values that people's keys were dropped, on the dropping thread, which waits until they are
     * gone. May be told of one person several times; what one look finds is told together.
     *
     * @return ends it
     */
    public Runnable onDrop(Consumer<Set<SubjectId>> holder) {
        holders.add(holder);
        return () -> holders.remove(holder);
    }

    /**
     * Looks for what another process has dropped since the last look, where this table was opened to be read: forgets every key in memory
     * and tells whoever {@link #onDrop asked}, on this thread; where that fails, the next look tells them again. Costs the reading of a
     * header where there is nothing new.
     *
     * @throws MillraceException {@code STORAGE_FAILED} where the table cannot be read
     */
    public void lookForDrops() {
        if (!readOnly) {
            return;
        }
        Drops news;
        committing.lock();
        try {
            news = newDrops();
            if (!news.subjects.isEmpty()) {
                lookAgain(generation);
            }
        } catch (IOException e) {
            throw failed("cannot look for drops in the key table", e);
        } finally {
            committing.unlock();
        }
        if (!news.subjects.isEmpty()) {
            holders.forEach(holder -> holder.accept(news.subjects));
        }
        committing.lock();
        try {
            lastLook = news;
        } finally {
            committing.unlock();
        }
    }

    /** What a look found: whose keys were dropped, and the last whole record of the file up to which it looked. */
    private record Drops(Path file, long upTo, Set<SubjectId> subjects) {}

    /** After a rewriting, all drops that there ever were. */
    private Drops newDrops() throws IOException {
        Path newest = KeyOpening.newest(disk, directory);
        List<SubjectId> dropped = new ArrayList<>();
        try (KeyFile file = KeyFile.openReadOnly(disk, newest)) {
            long from = newest.equals(lastLook.file) ? lastLook.upTo : 0;
            long upTo = file.dropsAfter(from, dropped);
            return new Drops(newest, upTo, Set.copyOf(dropped));
        }
    }

    /** 128 random bits that all generations of this table have, as hexadecimal digits: another table cannot read its values. */
    public String id() {
        return HexFormat.of().formatHex(generation.file().header().tableId());
    }

    /** Whether the person's key was dropped, and they were not readmitted. */
    public boolean isErased(SubjectId subject) {
        return SubjectIndex.isDropped(generation.index().find(subject));
    }

    /** Whether the person's key was dropped once, be it that they were readmitted. */
    public boolean wasDropped(SubjectId subject) {
        UserKey key = find(subject);
        return key.outcome == PersonalOutcome.ERASED || key.readmitted;
    }

    /** The receipt of a person's last drop. */
    public Optional<ErasureReceipt> receipt(SubjectId subject) {
        committing.lock();
        try {
            long place = generation.index().find(subject);
            KeyRecord record =
                    SubjectIndex.isDropped(place) ? generation.file().read(SubjectIndex.slotOf(place)) : null;
            return record == null ? Optional.empty() : Optional.of(KeyGroup.receipt(record));
        } catch (IOException e) {
            throw failed("cannot read the key table", e);
        } finally {
            committing.unlock();
        }
    }

    /** Writes the file anew with this master key, without what was dropped; changes wait meanwhile, readers do not. */
    public void rewrite(KeyWrapper master) {
        committing.lock();
        try {
            throwBroken();
            rewriteLocked(master);
        } finally {
            committing.unlock();
        }
    }

    /** Writes the file anew with the present master key, so that the records of dropped keys are gone. */
    public void compact() {
        committing.lock();
        try {
            throwBroken();
            rewriteLocked(wrapper);
        } finally {
            committing.unlock();
        }
    }

    public KeyTableReport report() {
        committing.lock();
        try {
            KeyFile file = generation.file();
            return new KeyTableReport(
                    generation.index().size(),
                    file.records(),
                    overwritten,
                    damagedAtOpening,
                    cutAtOpening,
                    file.header().generation(),
                    wrapper.id());
        } finally {
            committing.unlock();
        }
    }

    /** Everything that returned is on disk already. */
    @Override
    public void close() throws IOException {
        committing.lock();
        try (claim) {
            if (broken == null) {
                broken = new MillraceException(ErrorCode.UNAVAILABLE, "the key table is closed");
            }
            generation.file().close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot close the key table", e);
        } finally {
            committing.unlock();
        }
    }

    /** The person's key, or one that says why there is none. Takes no lock. */
    UserKey find(SubjectId subject) {
        while (true) {
            KeyGeneration now = generation;
            long place = now.index().find(subject);
            if (place == SubjectIndex.NONE) {
                return UserKey.UNKNOWN;
            }
            if (SubjectIndex.isDropped(place)) {
                return UserKey.ERASED;
            }
            UserKey cached = now.cache().get(place);
            UserKey found = cached != null ? cached : load(now, subject, place);
            if (found != null) {
                return found;
            }
        }
    }

    /** The key with that number, or one that says why there is none. Takes no lock, but where another process changes the table. */
    UserKey find(long keyId) {
        boolean looked = false;
        while (true) {
            KeyGeneration now = generation;
            UserKey found = find(now, keyId);
            boolean mayBeNews = found.outcome == PersonalOutcome.UNKNOWN || found.outcome == PersonalOutcome.DAMAGED;
            if (generation == now && (!readOnly || looked || !mayBeNews)) {
                return found;
            }
            if (readOnly && generation == now) {
                lookAgain(now);
                looked = true;
            }
        }
    }

    private UserKey find(KeyGeneration now, long keyId) {
        long slot = now.slots().find(keyId);
        if (slot == KeySlots.NOT_YET) {
            return UserKey.UNKNOWN;
        }
        if (slot == KeySlots.LEFT_OUT) {
            return UserKey.ERASED;
        }
        UserKey cached = now.cache().get(slot);
        if (cached != null) {
            return cached;
        }
        try {
            SubjectId subject = now.subject(slot);
            if (subject == null) {
                return UserKey.DAMAGED;
            }
            if (now.index().find(subject) != SubjectIndex.live(slot)) {
                return UserKey.ERASED;
            }
            UserKey loaded = load(now, subject, slot);
            return loaded != null ? loaded : UserKey.ERASED;
        } catch (IOException e) {
            if (generation != now) {
                return UserKey.UNKNOWN;
            }
            throw failed("cannot read the key table", e);
        }
    }

    /** Another process changes the file: reads it anew, unless somebody else did meanwhile. */
    private void lookAgain(KeyGeneration seen) {
        committing.lock();
        try {
            if (generation == seen) {
                generation = new KeyOpening(disk, directory, wrappers, clock, cachedKeys).look();
                seen.file().close();
            }
        } catch (IOException e) {
            throw failed("cannot read the key table anew", e);
        } finally {
            committing.unlock();
        }
    }

    /** How many changes wait for their turn; for tests of how they share it. */
    int waiting() {
        return waiting.size();
    }

    /** @return {@code null} when the table changed meanwhile and must be looked at again */
    private @Nullable UserKey load(KeyGeneration now, SubjectId subject, long slot) {
        try {
            UserKey loaded = now.load(slot, subject);
            if (loaded != null) {
                now.cache().put(loaded);
            }
            if (generation != now || now.index().find(subject) != slot) {
                // Dropped or rewritten meanwhile: the key must not stay in memory.
                now.cache().remove(slot);
                return null;
            }
            return loaded != null ? loaded : UserKey.DAMAGED;
        } catch (IOException e) {
            if (generation != now) {
                return null;
            }
            throw failed("cannot read the key table", e);
        }
    }

    /** Whoever gets the lock commits for all who wait; the others find their change ended. */
    private KeyChange submit(KeyChange change) {
        submitAll(List.of(change));
        return change;
    }

    private void submitAll(List<KeyChange> changes) {
        waiting.addAll(changes);
        committing.lock();
        try {
            for (KeyChange change : changes) {
                while (!change.isEnded()) {
                    commit(nextGroup());
                }
            }
        } finally {
            committing.unlock();
        }
    }

    private List<KeyChange> nextGroup() {
        List<KeyChange> group = new ArrayList<>();
        while (group.size() < GROUP) {
            KeyChange next = waiting.poll();
            if (next == null) {
                break;
            }
            group.add(next);
        }
        return group;
    }

    private void commit(List<KeyChange> changes) {
        try {
            throwBroken();
            KeyGroup group = new KeyGroup(generation, nextSequence, random, clock.millis());
            for (KeyChange change : changes) {
                group.add(change);
            }
            write(group);
            changes.forEach(KeyChange::end);
        } catch (IOException e) {
            MillraceException failure = failed("cannot change the key table", e);
            changes.forEach(change -> change.fail(failure));
        } catch (MillraceException e) {
            changes.forEach(change -> change.fail(e));
        } catch (RuntimeException e) {
            // A defect: who waits must not wait for ever, and what is in memory may not be what is on disk.
            broken = new MillraceException(ErrorCode.INTERNAL, "key table " + directory + ": " + e, e);
            MillraceException failure = broken;
            changes.forEach(change -> change.fail(failure));
        }
    }

    private void write(KeyGroup group) throws IOException {
        if (group.records().isEmpty()) {
            return;
        }
        append(group.records());
        nextSequence = group.nextSequence();
        group.publish();
        try {
            for (long slot : group.droppedSlots()) {
                generation.file().overwrite(slot);
            }
            if (!group.droppedSlots().isEmpty()) {
                generation.file().force();
                overwritten += group.droppedSlots().size();
            }
        } catch (IOException e) {
            throw breakDown("dropped keys could not be overwritten; opening the table again does it", e);
        }
    }

    private void append(List<KeyRecord> records) throws IOException {
        KeyFile file = generation.file();
        long before = file.records();
        try {
            file.append(records);
        } catch (IOException e) {
            // The disk is full, as a rule: nothing was promised, and what was written is cut off again.
            cutTo(before, e);
            throw e;
        }
        try {
            file.force();
        } catch (IOException e) {
            throw breakDown("the disk did not confirm a write; open the table again", e);
        }
    }

    private void cutTo(long records, IOException cause) {
        try {
            generation.file().cutTo(records);
        } catch (IOException e) {
            cause.addSuppressed(e);
            throw breakDown("a write failed and could not be cut off; open the table again", cause);
        }
    }

    private void rewriteLocked(KeyWrapper master) {
        KeyRewrite rewrite = new KeyRewrite(disk, directory, generation, master, clock, random);
        KeyGeneration fresh;
        try {
            fresh = rewrite.write(nextSequence, cachedKeys);
        } catch (IOException e) {
            withdraw(rewrite, e);
            throw failed("cannot write the key table anew", e);
        }
        try {
            rewrite.adopt(fresh);
            generation = fresh;
            wrapper = master;
            overwritten = 0;
            rewrite.retire();
        } catch (IOException e) {
            throw breakDown("the rewritten key table could not take its place; open the table again", e);
        }
    }

    private void withdraw(KeyRewrite rewrite, IOException cause) {
        try {
            rewrite.withdraw();
        } catch (IOException e) {
            cause.addSuppressed(e);
            throw breakDown("a rewriting failed and could not be removed; open the table again", cause);
        }
    }

    private void throwBroken() {
        if (broken != null) {
            throw broken;
        }
    }

    private MillraceException breakDown(String why, IOException cause) {
        MillraceException failure = failed(why, cause);
        broken = failure;
        return failure;
    }

    private MillraceException failed(String what, IOException cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED, "key table " + directory + ": " + what + ": " + cause, cause);
    }
}
