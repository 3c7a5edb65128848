package dev.millrace.features;

import dev.millrace.features.columns.IdIndex;
import dev.millrace.features.columns.ObjectColumn;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The users by dense ordinals. A deleted user's ordinal is not used again; the same id later is a new user.
 *
 * <p>One writer (the ingest agent); any thread reads without a lock and without garbage.
 */
public final class Users {
    private final IdIndex<UserId> ids = new IdIndex<>();
    private final ObjectColumn<User> users = new ObjectColumn<>();

    Users() {}

    /** The user's ordinal, or −1 for one that no event has named or that was deleted. */
    public int ordinal(UserId id) {
        return ids.find(id);
    }

    /** The user's id, or null where the user was deleted. */
    public @Nullable UserId id(int user) {
        return ids.key(user);
    }

    /** The user's attributes, or null where none were given. */
    public @Nullable User user(int user) {
        return users.get(user);
    }

    /** How many ordinals there are, deleted users included. */
    public int size() {
        return ids.size();
    }

    int add(UserId id) {
        users.ensure(ids.size() + 1);
        return ids.add(id);
    }

    int addDeleted() {
        users.ensure(ids.size() + 1);
        return ids.addRemoved();
    }

    /** The users whose ordinals are from one to another, without those that were deleted. */
    List<UserId> present(int from, int to) {
        List<UserId> present = new ArrayList<>(to - from);
        for (int user = from; user < to; user++) {
            UserId id = ids.key(user);
            if (id != null) {
                present.add(id);
            }
        }
        return present;
    }

    void set(int ordinal, User user) {
        users.set(ordinal, user);
    }

    void delete(int user) {
        users.set(user, null);
        ids.remove(user);
    }
}
