package dev.millrace.features;

import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.ImportedRows;
import dev.millrace.features.rows.MemoryTables;
import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;
import dev.millrace.storage.personal.PersonalCipher;
import dev.millrace.storage.personal.SubjectId;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What Millrace knows of items and users: a deterministic fold over the event log.
 *
 * <p>Decided behaviour: an event below {@link #appliedOffset()} was applied before and is ignored; an action on an
 * unknown item or by an unknown user makes them known; one that nobody can read any more, since its user was erased, is
 * passed over, so that a replay leaves out what they did; a deleted item keeps its ordinal and its place in histories, and
 * an action on it counts but does not bring it back; a deleted user leaves no trace but in the counts of items; events
 * may come in any order of time, which changes no count but for rounding.
 *
 * <p>One writer (the ingest agent) calls {@link #apply}, or {@link #applyInGroup} and {@link #endGroup}; any thread reads without a lock. A reader sees each value whole;
 * two values that it reads one after the other may have an event between them.
 */
public final class FeatureState {
    private static final int ADMITTED_AT_ONCE = 1 << 16;

    private final FeaturesConfig config;
    private final Catalog catalog = new Catalog();
    private final Users users = new Users();
    private final FeatureTables tables;
    private final UserRows userRows;
    private final UserAttributes userAttributes;
    private final Counters counters;
    private final ArmCounters arms;
    private final List<FeatureListener> listeners = new CopyOnWriteArrayList<>();
    private volatile long appliedOffset;
    /** Owned by the writer. */
    private @Nullable FeatureCapture capture;
    /** Rows that the snapshot held, until they are settled. Owned by the writer. */
    private @Nullable ImportedRows imported;

    /** A state in memory alone. */
    public FeatureState(FeaturesConfig config) {
        this(config, new MemoryTables());
    }

    /** A state whose rows are in these tables, to be settled before the first event. */
    public FeatureState(FeaturesConfig config, FeatureTables tables) {
        this.config = config;
        this.tables = tables;
        this.userRows = new UserRows(config, tables);
        this.userAttributes = new UserAttributes(users, tables, new UserProfile());
        this.counters = new Counters(config, tables);
        this.arms = new ArmCounters(config.recentRecommendations());
    }

    /**
     * Applies one event, for readers to see all of it. Writer only.
     *
     * @return false where the event had been applied before
     */
    public boolean apply(long offset, Event event) {
        boolean isNew = applyInGroup(offset, event);
        endGroup();
        return isNew;
    }

    /**
     * Applies one event of a group, at whose end its user's row is written for all events of theirs, and readers see it. Writer only.
     *
     * @return false where the event had been applied before
     */
    public boolean applyInGroup(long offset, Event event) {
        if (offset < appliedOffset) {
            return false;
        }
        if (capture != null) {
            capture.before(event);
        }
        switch (event) {
            case Event.Action action -> applyAction(offset, action);
            case Event.ItemUpserted upserted -> {
                int item = catalog.upsert(upserted.item());
                listeners.forEach(listener -> listener.onItemUpserted(item));
            }
            case Event.ItemDeleted deleted -> deleteItem(offset, deleted.item());
            case Event.UserUpserted upserted ->
                userAttributes.set(offset, ensureUser(upserted.user().id()), upserted.user());
            case Event.UserDeleted deleted -> deleteUser(offset, deleted.user());
            case Event.SlateServed served -> arms.served(served.recommendation(), served.arm());
        }
        appliedOffset = offset + 1;
        return true;
    }

    /**
     * Shows readers the rows of users that the events since the last end have changed. Where the store fails, what it did not take waits for
     * the next call. Writer only.
     */
    public void endGroup() {
        userRows.show();
        userAttributes.show();
    }

    /**
     * Forgets a user whose key was dropped, as if none of their events had been: the counts of items alone keep what they did, until a
     * replay leaves it out. Writer only.
     */
    public void forget(UserId id) {
        int user = users.ordinal(id);
        if (user < 0) {
            return;
        }
        if (capture != null) {
            capture.beforeUser(user);
        }
        // The rows last: a store that fails must not leave the user listed.
        users.delete(user);
        listeners.forEach(listener -> listener.onUserDeleted(user));
        userRows.forget(user);
        userAttributes.forget(user);
    }

    /** Passes over an event that nobody can read any more: its user was erased. Writer only. */
    public void skip(long offset) {
        appliedOffset = Math.max(appliedOffset, offset + 1);
    }

    /** The offset after the last applied event: where reading the log goes on. */
    public long appliedOffset() {
        return appliedOffset;
    }

    public FeaturesConfig config() {
        return config;
    }

    public Catalog catalog() {
        return catalog;
    }

    public Users users() {
        return users;
    }

    public UserRows userRows() {
        return userRows;
    }

    public UserAttributes userAttributes() {
        return userAttributes;
    }

    public Counters counters() {
        return counters;
    }

    public ArmCounters arms() {
        return arms;
    }

    /** Saves the state as of {@link #appliedOffset()}. Writer only: no event is applied meanwhile. */
    public void save(Path target) throws IOException {
        try (SnapshotWriter writer = SnapshotWriter.create(target, snapshotHeader());
                Capture whole = capture()) {
            SectionWriter sections = new SectionWriter(writer);
            sections.writeAll(whole);
            writer.commit();
        }
    }

    /** The header of a snapshot of the present state. */
    public SnapshotHeader snapshotHeader() {
        return new SnapshotHeader(FeatureSnapshot.KIND, FeatureSnapshot.VERSION, appliedOffset, Instant.now());
    }

    /**
     * Begins to read the state as of {@link #appliedOffset()}, while further events are applied. One capture at a time. What
     * rows are now can be had back from here on; they are not captured, but on disk when this returns. Writer only.
     */
    public Capture capture() {
        if (capture != null) {
            throw new IllegalStateException("a capture is under way; close it first");
        }
        endGroup();
        tables.keepAsOf(appliedOffset);
        FeatureCapture begun = new FeatureCapture(this);
        capture = begun;
        return begun;
    }

    FeatureTables tables() {
        return tables;
    }

    void end(FeatureCapture ended) {
        if (capture == ended) {
            capture = null;
        }
    }

    /**
     * The state as it was saved, but for its rows, which {@link #settle} makes those of the same offset; reading the log goes
     * on at {@link #appliedOffset()}. Where the configuration has changed, what is kept per user is cut to the new bounds,
     * and counters forget at the new pace from here on.
     *
     * @throws IOException when the file is damaged or of another kind or version, or the tables cannot go back to its
     *     offset; replay the log from its begin instead
     */
    public static FeatureState restore(Path file, FeaturesConfig config, FeatureTables tables) throws IOException {
        FeatureState state = new FeatureState(config, tables);
        try (SnapshotReader reader = SnapshotReader.open(file)) {
            SnapshotHeader header = reader.header();
            requireReadable(file, header, tables);
            FeatureSnapshot snapshot =
                    new FeatureSnapshot(state, header.version(), new SealedUsers(tables.cipher(), header.logOffset()));
            state.load(file, reader, snapshot);
        }
        return state;
    }

    /** Takes over what a snapshot says of items and users, before the first event. */
    void load(Path file, SnapshotReader reader, FeatureSnapshot snapshot) throws IOException {
        try {
            for (String section : FeatureSnapshot.SECTIONS) {
                try (DataInputStream in = reader.section(section)) {
                    snapshot.read(section, in);
                    if (in.read() >= 0) {
                        throw new IOException(file + " holds more in its section '" + section + "' than was expected");
                    }
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " holds a value that cannot be: " + e.getMessage(), e);
        }
        imported = snapshot.imported();
        appliedOffset = reader.header().logOffset();
    }

    private static void requireReadable(Path file, SnapshotHeader header, FeatureTables tables) throws IOException {
        int version = header.version();
        if (!header.kind().equals(FeatureSnapshot.KIND) || !FeatureSnapshot.READABLE.contains(version)) {
            throw new IOException(file + " is a snapshot of " + header.kind() + " version " + version + "; expected "
                    + FeatureSnapshot.KIND + " of a version of " + FeatureSnapshot.READABLE
                    + ". Replay the log from its begin");
        }
        if (!tables.reachBack(header.logOffset(), FeatureSnapshot.tablesBeside(version))) {
            throw new IOException(file + " goes with rows as of offset " + header.logOffset()
                    + ", which the store does not have. Replay the log from its begin");
        }
    }

    /** Whether rows that the snapshot held are still to be settled. */
    boolean hasImported() {
        return imported != null;
    }

    /** Makes the rows those of {@link #appliedOffset()}. Writer only, once, before the first event. */
    public void settle() throws IOException {
        admitUsers();
        tables.settle(appliedOffset, imported, users::id);
        imported = null;
    }

    /** Users of a snapshot of before have no keys yet: all get theirs at once, rather than each when its row changes. */
    private void admitUsers() {
        PersonalCipher cipher = tables.cipher();
        for (int from = 0; cipher != null && from < users.size(); from += ADMITTED_AT_ONCE) {
            int to = Math.min(users.size(), from + ADMITTED_AT_ONCE);
            cipher.admitUnknown(users.present(from, to).stream()
                    .map(id -> SubjectId.of(id.value()))
                    .toList());
        }
    }

    /** From the next event on, the listener follows the state. */
    public void addListener(FeatureListener listener) {
        listeners.add(listener);
    }

    /** Rows first: where one cannot be written, the event is given again, and nothing else may count it twice. */
    private void applyAction(long offset, Event.Action action) {
        int known = catalog.ordinal(action.item());
        int item = known >= 0 ? known : addImplicitItem(action.item(), action.timestamp());
        int user = ensureUser(action.user());
        long seconds = EventTime.seconds(action.timestamp());
        ActionType type = action.type();
        counters.addItem(offset, item, type, seconds);
        userRows.add(offset, user, action.user(), item, catalog.topics(item), type, seconds);
        countForArm(action, seconds);
        for (FeatureListener listener : listeners) {
            listener.onAction(user, item, type, EventTime.millis(action.timestamp()));
        }
    }

    private void countForArm(Event.Action action, long seconds) {
        if (action.recommendation() == null) {
            return;
        }
        if (action.type() == ActionType.IMPRESSION) {
            arms.impression(action.recommendation(), seconds);
        } else if (action.type() == ActionType.CLICK) {
            arms.click(action.recommendation(), seconds);
        }
    }

    private int addImplicitItem(ItemId id, Instant firstSeen) {
        int item = catalog.addImplicit(id, firstSeen, config.implicitItems());
        if (config.implicitItems()) {
            listeners.forEach(listener -> listener.onItemUpserted(item));
        }
        return item;
    }

    private void deleteItem(long offset, ItemId id) {
        int item = catalog.ordinal(id);
        if (item < 0) {
            return;
        }
        counters.deleteItem(offset, item);
        catalog.delete(item);
        listeners.forEach(listener -> listener.onItemDeleted(item));
    }

    private int ensureUser(UserId id) {
        int user = users.ordinal(id);
        return user >= 0 ? user : users.add(id);
    }

    private void deleteUser(long offset, UserId id) {
        int user = users.ordinal(id);
        if (user < 0) {
            return;
        }
        userRows.delete(offset, user, id);
        userAttributes.delete(offset, user, id);
        users.delete(user);
        listeners.forEach(listener -> listener.onUserDeleted(user));
    }
}
