package dev.millrace.server.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.features.UserAttributes;
import dev.millrace.features.UserProfile;
import dev.millrace.features.Users;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.Given;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.catalog.UserBody;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.UUID;

/** Users between what callers write and what the log and the state keep. Thread-safe. */
public final class UserBodies {
    private final Users users;
    private final UserAttributes attributes;
    private final Clock clock;

    public UserBodies(Users users, UserAttributes attributes, Clock clock) {
        this.users = users;
        this.attributes = attributes;
        this.clock = clock;
    }

    List<Event> entry(JsonNode entry) {
        UserBody body = StrictJson.read(entry, UserBody.class);
        return List.of(upserted(Given.id("id", Given.required("id", body.id()), UserId::new), body));
    }

    Event upserted(UserId id, UserBody body) {
        if (body.id() != null && !body.id().equals(id.value())) {
            throw new InvalidValueException(
                    "id", "'" + body.id() + "' differs from the path's '" + id + "'; leave it out or give the same");
        }
        return new Event.UserUpserted(
                new EventId("user-" + UUID.randomUUID()), clock.instant(), new User(id, body.attributes()));
    }

    /** The id of an ordinal's user; null where they were deleted. */
    @Nullable
    UserId id(int ordinal) {
        return users.id(ordinal);
    }

    /**
     * The user as callers read it, perhaps from disk; null for one that is not known.
     *
     * @throws MillraceException {@code UNAVAILABLE} where the cold tier is late: who changes some attributes must not lose the others
     */
    @Nullable
    UserBody find(UserId id) {
        int ordinal = users.ordinal(id);
        if (ordinal < 0) {
            return null;
        }
        UserProfile profile = attributes.read(ordinal, new UserProfile());
        if (profile.isLate()) {
            throw new MillraceException(
                    ErrorCode.UNAVAILABLE,
                    "the cold tier did not give the attributes of user '" + id
                            + "' in time; ask again, and see store.cold.* and its storage if it lasts");
        }
        return new UserBody(id.value(), profile.attributes());
    }

    int ordinal(UserId id) {
        return users.ordinal(id);
    }

    int size() {
        return users.size();
    }
}
