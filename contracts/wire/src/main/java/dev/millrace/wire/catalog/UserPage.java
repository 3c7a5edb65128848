package dev.millrace.wire.catalog;

import dev.millrace.wire.Given;

import java.util.List;

/** Part of the users, in the order in which they were first seen. */
public record UserPage(List<UserBody> users, long total, int offset, int limit) {
    public UserPage {
        users = Given.list("users", users);
    }
}
