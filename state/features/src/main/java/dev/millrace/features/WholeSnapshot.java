package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.MemoryTables;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.features.rows.WordRoom;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import dev.millrace.storage.SnapshotDirectory;
import dev.millrace.storage.SnapshotHeader;
import dev.millrace.storage.SnapshotReader;
import dev.millrace.storage.SnapshotWriter;
import dev.millrace.storage.personal.PersonalCipher;
import org.jspecify.annotations.Nullable;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A snapshot with the rows in it, in a file of its own: a replay of the log can begin with it in a process that has no store. The
 * layout is described in docs/formats/whole-snapshot.md. Immutable.
 *
 * <p>What it says of a user is encrypted with the user's key: an erasure reaches it as it reaches the log.
 *
 * @param offset of the log as of which it is: where reading goes on
 */
public record WholeSnapshot(Path file, long offset, PersonalCipher cipher) {
    public static final String KIND = "whole";
    private static final int VERSION = 2;
    /** Of a feature snapshot that had the attributes of users. */
    private static final int WITH_ATTRIBUTES = 1;

    /** Hears what a snapshot says: the items, then the users in the order in which they were here last. */
    public interface Listener {
        void item(Item item);

        /** @param history the newest positive actions, newest last; at least one */
        void user(UserId user, List<ItemId> history);
    }

    /** Those of a directory, the oldest first. */
    public static List<WholeSnapshot> in(Path directory, PersonalCipher cipher) throws IOException {
        SnapshotDirectory snapshots = new SnapshotDirectory(directory, KIND);
        List<WholeSnapshot> found = new ArrayList<>();
        for (Path file : snapshots.newestFirst().reversed()) {
            found.add(new WholeSnapshot(file, snapshots.offset(file), cipher));
        }
        return found;
    }

    /**
     * Makes one of a snapshot and the rows of its time, while the writer of the state goes on. It appears under its name when it is whole
     * and on disk.
     *
     * @param features the newest snapshot
     * @param tables whose rows are kept as of its offset and none later, until this returns
     * @param owners whose an ordinal is now; nothing for a user who is gone
     * @param isAbandoned asked before each row: then nothing is left of it
     * @throws java.io.InterruptedIOException where it was abandoned
     */
    public static void write(
            Path features,
            Path target,
            StoredTables tables,
            IntFunction<@Nullable UserId> owners,
            BooleanSupplier isAbandoned)
            throws IOException {
        PersonalCipher cipher = tables.cipher();
        if (cipher == null) {
            throw new IllegalStateException("rows of users leave the store with their keys alone");
        }
        try (SnapshotReader from = SnapshotReader.open(features);
                SnapshotWriter to = SnapshotWriter.create(target, headerAfter(from.header(), features))) {
            for (String section : FeatureSnapshot.SECTIONS) {
                try (DataInputStream in = from.section(section);
                        DataOutputStream out = to.section(section)) {
                    in.transferTo(out);
                }
            }
            RowSections rows = new RowSections(cipher, from.header().logOffset());
            for (FeatureTable table : FeatureTable.values()) {
                try (DataOutputStream out = to.section(table.label())) {
                    rows.write(table, tables, owners, isAbandoned, out);
                }
            }
            to.commit();
        }
    }

    private static SnapshotHeader headerAfter(SnapshotHeader features, Path file) throws IOException {
        if (!features.kind().equals(FeatureSnapshot.KIND) || features.version() != FeatureSnapshot.VERSION) {
            throw new IOException(file + " is a snapshot of " + features.kind() + " version " + features.version()
                    + "; expected " + FeatureSnapshot.KIND + " version " + FeatureSnapshot.VERSION);
        }
        return new SnapshotHeader(KIND, VERSION, features.logOffset(), Instant.now());
    }

    /** The state of that offset, with its rows, in memory. Users who were erased since are not in it. */
    public FeatureState restore(FeaturesConfig config) throws IOException {
        MemoryTables tables = new MemoryTables();
        FeatureState state = new FeatureState(config, tables);
        try (SnapshotReader reader = open(state)) {
            for (FeatureTable table : tablesIn(reader.header())) {
                WordRoom room = new WordRoom(table);
                readRows(reader, table, state, room, ordinal -> tables.load(table, ordinal, room));
            }
        }
        if (state.hasImported()) {
            state.settle();
        }
        return state;
    }

    /**
     * Tells of the items that there are and of the users with a history who were here last. The file is read piece by piece: held are no
     * more than the ids of items and so many histories.
     */
    public void tell(FeaturesConfig config, int mostUsers, Listener listener) throws IOException {
        try (SnapshotReader reader = openChecked()) {
            List<ItemId> items;
            try (DataInputStream in = reader.section("items")) {
                items = FeatureSnapshot.readItems(in, listener::item);
            }
            NewestHistories newest = newestHistories(reader, config, items.size(), mostUsers);
            Map<Integer, UserId> users = ids(reader, newest);
            newest.forEach((history, user) -> {
                UserId id = users.get(user);
                if (id != null) {
                    listener.user(id, IntStream.of(history).mapToObj(items::get).toList());
                }
            });
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " holds a value that cannot be: " + e.getMessage(), e);
        }
    }

    private NewestHistories newestHistories(SnapshotReader reader, FeaturesConfig config, int items, int mostUsers)
            throws IOException {
        int users;
        try (DataInputStream in = reader.section("users")) {
            users = in.readInt();
        }
        NewestHistories newest = new NewestHistories(mostUsers);
        UserRow row = new UserRow(config);
        try (DataInputStream in = reader.section(FeatureTable.USERS.label())) {
            new RowSections(cipher, offset).read(FeatureTable.USERS, users, in, row.room(), user -> {
                row.loaded();
                newest.add(user, row);
            });
        }
        newest.requireItemsBelow(items, file);
        return newest;
    }

    /** Of those users alone, without those who are gone. */
    private Map<Integer, UserId> ids(SnapshotReader reader, NewestHistories newest) throws IOException {
        Set<Integer> wanted = newest.users();
        Map<Integer, UserId> ids = HashMap.newHashMap(wanted.size());
        SealedUsers sealed = new SealedUsers(cipher, offset);
        try (DataInputStream in = reader.section("users")) {
            int count = in.readInt();
            for (int user = 0; user < count; user++) {
                SealedUsers.Known known = sealed.read(user, in);
                if (known != null && wanted.contains(user)) {
                    ids.put(user, known.id());
                }
            }
        }
        return ids;
    }

    private SnapshotReader openChecked() throws IOException {
        SnapshotReader reader = SnapshotReader.open(file);
        SnapshotHeader header = reader.header();
        boolean isReadable = header.version() == VERSION || header.version() == WITH_ATTRIBUTES;
        if (!header.kind().equals(KIND) || !isReadable || header.logOffset() != offset) {
            reader.close();
            throw new IOException(file + " is a snapshot of " + header.kind() + " version " + header.version()
                    + " up to offset " + header.logOffset() + "; expected " + KIND + " version "
                    + WITH_ATTRIBUTES + " or " + VERSION + " up to offset " + offset);
        }
        return reader;
    }

    /** The version of the feature snapshot whose sections it has. */
    private static int versionIn(SnapshotHeader header) {
        return header.version() == VERSION ? FeatureSnapshot.VERSION : FeatureSnapshot.WITH_ATTRIBUTES;
    }

    private static Set<FeatureTable> tablesIn(SnapshotHeader header) {
        return FeatureSnapshot.tablesBeside(versionIn(header));
    }

    /** Fills an empty state with everything but the rows. */
    private SnapshotReader open(FeatureState state) throws IOException {
        SnapshotReader reader = openChecked();
        try {
            SealedUsers sealed = new SealedUsers(cipher, offset);
            state.load(file, reader, new FeatureSnapshot(state, versionIn(reader.header()), sealed));
            return reader;
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private void readRows(
            SnapshotReader reader, FeatureTable table, FeatureState state, WordRoom room, RowSections.Sink sink)
            throws IOException {
        int count = table.isVariable() ? state.users().size() : state.catalog().size();
        try (DataInputStream in = reader.section(table.label())) {
            new RowSections(cipher, offset).read(table, count, in, room, sink);
        }
    }
}
