package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.FoldedValues;
import dev.millrace.model.ActionType;
import dev.millrace.model.UserId;

/** The rows of the users, by their ordinals. One writer (the ingest agent); any thread reads without a lock. */
public final class UserRows {
    private final FeaturesConfig config;
    private final FoldedValues rows;
    /** Owned by the writer. */
    private final UserRow changed;

    UserRows(FeaturesConfig config, FeatureTables tables) {
        this.config = config;
        this.rows = tables.values(FeatureTable.USERS);
        this.changed = new UserRow(config);
    }

    /** Room to read into, kept by whoever reads often. */
    public UserRow room() {
        return new UserRow(config);
    }

    /** How many positive actions are kept of a user. */
    public int historyCapacity() {
        return config.historyLength();
    }

    /** Reads what is kept of a user; of one that is not known, a negative ordinal, that is nothing. */
    public UserRow read(int user, UserRow into) {
        if (user < 0) {
            into.room().size(0);
        } else {
            rows.read(user, into.room());
        }
        into.loaded();
        return into;
    }

    /** As {@link #read}, with what readers do not see yet. Writer only. */
    public UserRow readNewest(int user, UserRow into) {
        rows.readNewest(user, into.room());
        into.loaded();
        return into;
    }

    /**
     * Adds what a user did, which readers see when it is {@linkplain #show shown}.
     *
     * @param id of the user, whose row it is
     * @param offset of the event, which counts once however often it is given
     * @throws dev.millrace.model.MillraceException {@code CONFLICT} where the user was erased meanwhile, as far as it is known yet
     */
    void add(long offset, int user, UserId id, int item, int[] topics, ActionType type, long seconds) {
        if (!rows.edit(user, id, offset, changed.room())) {
            return;
        }
        changed.loaded();
        changed.addSeen(item);
        if (SequenceRule.extendsSequence(type)) {
            changed.addAction(item, type, seconds);
        }
        if (type.isPositive()) {
            changed.addTopics(topics, seconds);
        }
        changed.stored();
        rows.save(user, id, offset, changed.room());
    }

    /** Shows readers what was added. Writer only. */
    void show() {
        rows.show();
    }

    void delete(long offset, int user, UserId id) {
        if (rows.edit(user, id, offset, changed.room())) {
            forget(user);
        }
    }

    /** How often events changed a row. By any thread, as the next. */
    public long changes() {
        return rows.changes();
    }

    /** How often rows that events changed were written: once for all events of a group. */
    public long writes() {
        return rows.writes();
    }

    /** Forgets the row of a user who was erased; what it was before cannot be read by anyone. */
    void forget(int user) {
        changed.room().clear();
        rows.remove(user);
    }
}
