package dev.millrace.wire.catalog;

import dev.millrace.model.UserId;
import dev.millrace.wire.Given;
import org.jspecify.annotations.Nullable;

/** Names a user in a body, where any id can stand that was ever stored. */
public record UserReference(@Nullable String user) {
    public UserId id() {
        return Given.storedId("user", Given.required("user", user), UserId::new);
    }
}
