package dev.millrace.features;

import dev.millrace.features.columns.IdIndex;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The users by dense ordinals. A deleted user's ordinal is not used again; the same id later is a new user.
 *
 * <p>One writer (the ingest agent); any thread reads without a lock and without garbage.
 */
public final class Users {
    private final IdIndex<UserId> ids = new IdIndex<>();
    /** Those whose attributes are larger than a row of {@link UserAttributes}. */
    private final Map<Integer, User> large = new ConcurrentHashMap<>();

    Users() {}

    /** The user's ordinal, or −1 for one that no event has named or that was deleted. */
    public int ordinal(UserId id) {
        return ids.find(id);
    }

    /** The user's id, or null where the user was deleted. */
    public @Nullable UserId id(int user) {
        return ids.key(user);
    }

    /** The user with attributes that no row holds; null for any other. */
    @Nullable
    User large(int user) {
        return large.isEmpty() ? null : large.get(user);
    }

    /** How many ordinals there are, deleted users included. */
    public int size() {
        return ids.size();
    }

    int add(UserId id) {
        return ids.add(id);
    }

    int addDeleted() {
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

    /** @param content nothing where the user's row holds the attributes */
    void large(int user, @Nullable User content) {
        if (content == null) {
            large.remove(user);
        } else {
            large.put(user, content);
        }
    }

    void delete(int user) {
        large.remove(user);
        ids.remove(user);
    }
}
