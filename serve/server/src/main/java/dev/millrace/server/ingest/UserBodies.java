package dev.millrace.server.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.features.Users;
import dev.millrace.model.Event;
import dev.millrace.model.EventId;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.User;
import dev.millrace.model.UserId;
import dev.millrace.runtime.Clock;
import dev.millrace.wire.Given;
import dev.millrace.wire.StrictJson;
import dev.millrace.wire.catalog.UserBody;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Users between what callers write and what the log and the state keep. Thread-safe. */
public final class UserBodies {
    private final Users users;
    private final Clock clock;

    public UserBodies(Users users, Clock clock) {
        this.users = users;
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

    /** The user of an ordinal as callers read it; null for one that was deleted. */
    @Nullable
    UserBody at(int ordinal) {
        UserId id = users.id(ordinal);
        if (id == null) {
            return null;
        }
        User user = users.user(ordinal);
        return new UserBody(id.value(), user == null ? Map.of() : user.attributes());
    }

    @Nullable
    UserBody find(UserId id) {
        int ordinal = users.ordinal(id);
        return ordinal < 0 ? null : at(ordinal);
    }

    int ordinal(UserId id) {
        return users.ordinal(id);
    }

    int size() {
        return users.size();
    }
}
