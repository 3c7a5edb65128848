package dev.millrace.features;

import dev.millrace.features.rows.FeatureTable;
import dev.millrace.features.rows.FeatureTables;
import dev.millrace.features.rows.FoldedValues;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The attributes of the users, by their ordinals. One writer (the ingest agent); any thread reads without a lock.
 *
 * <p>Each user's are a row of their own, beside that of what the user did: they change seldom, and it with every event. The few that no
 * row holds, of more than 8 KB, stay on the heap and in snapshots: rows of their size would cost all others much memory.
 *
 * <p>A user whose attributes cross that border has them in one of the two places at any time: on the heap before an empty row is shown,
 * and until a row that has them is.
 */
public final class UserAttributes {
    private final Users users;
    private final FoldedValues rows;
    /** How often attributes left the heap for a row: a reader who found them in neither looks again where one did meanwhile. */
    private final AtomicLong moves = new AtomicLong();
    /** Holds nothing between two changes. Owned by the writer, as is what follows. */
    private final UserProfile changed;
    /** Users whose attributes a row holds again, perhaps one that is not shown yet. */
    private final Set<Integer> moving = new HashSet<>();

    /** @param changed room of the writer's */
    UserAttributes(Users users, FeatureTables tables, UserProfile changed) {
        this.changed = changed;
        this.users = users;
        this.rows = tables.values(FeatureTable.USER_ATTRIBUTES);
    }

    /** Reads what is said of a user; of one that is not known, a negative ordinal, that is nothing. */
    public UserProfile read(int user, UserProfile into) {
        if (user < 0) {
            into.clear();
            return into;
        }
        long before;
        do {
            before = moves.get();
            rows.read(user, into.room());
            into.loaded();
            User large = into.attributes().isEmpty() ? users.large(user) : null;
            if (large != null) {
                into.take(large.attributes());
            }
        } while (into.attributes().isEmpty() && moves.get() != before);
        return into;
    }

    /**
     * Replaces what is said of a user, which readers see when it is {@linkplain #show shown}; what no row holds they may see at once.
     *
     * @param offset of the event, which counts once however often it is given
     */
    void set(long offset, int user, User content) {
        if (rows.edit(user, content.id(), offset, changed.room())) {
            if (!changed.store(content.attributes())) {
                users.large(user, content);
                moving.remove(user);
            } else if (users.large(user) != null) {
                moving.add(user);
            }
            rows.save(user, content.id(), offset, changed.room());
        }
        changed.clear();
    }

    /** Shows readers what was set. Writer only. */
    void show() {
        rows.show();
        for (int user : moving) {
            // Before they go: whoever finds them gone then finds it counted.
            long _ = moves.incrementAndGet();
            users.large(user, null);
        }
        moving.clear();
    }

    void delete(long offset, int user, UserId id) {
        if (rows.edit(user, id, offset, changed.room())) {
            forget(user);
        }
        changed.clear();
    }

    /** Forgets the row of a user who was erased; what it was before cannot be read by anyone. */
    void forget(int user) {
        moving.remove(user);
        rows.remove(user);
    }
}
