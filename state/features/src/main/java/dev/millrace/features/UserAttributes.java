package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.FoldedValues;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

/**
 * The attributes of the users, by their ordinals. One writer (the ingest agent); any thread reads without a lock.
 *
 * <p>Each user's are a row of their own, beside that of what the user did: they change seldom, and it with every event. The few that no
 * row holds, of more than 8 KB, stay on the heap and in snapshots: rows of their size would cost all others much memory.
 */
public final class UserAttributes {
    private final Users users;
    private final FoldedValues rows;
    /** Owned by the writer. */
    private final UserProfile changed = new UserProfile();

    UserAttributes(Users users, FeatureTables tables) {
        this.users = users;
        this.rows = tables.values(FeatureTable.USER_ATTRIBUTES);
    }

    /** Reads what is said of a user; of one that is not known, a negative ordinal, that is nothing. */
    public UserProfile read(int user, UserProfile into) {
        User large = user < 0 ? null : users.large(user);
        if (large != null) {
            into.take(large.attributes());
        } else if (user < 0) {
            into.clear();
        } else {
            rows.read(user, into.room());
            into.loaded();
        }
        return into;
    }

    /**
     * Replaces what is said of a user, which readers see when it is {@linkplain #show shown}.
     *
     * @param offset of the event, which counts once however often it is given
     */
    void set(long offset, int user, User content) {
        if (rows.edit(user, content.id(), offset, changed.room())) {
            boolean fits = changed.store(content.attributes());
            users.large(user, fits ? null : content);
            rows.save(user, content.id(), offset, changed.room());
        }
    }

    /** Shows readers what was set. Writer only. */
    void show() {
        rows.show();
    }

    void delete(long offset, int user, UserId id) {
        if (rows.edit(user, id, offset, changed.room())) {
            rows.remove(user);
        }
    }

    /** Forgets the row of a user who was erased; what it was before cannot be read by anyone. */
    void forget(int user) {
        rows.remove(user);
    }
}
