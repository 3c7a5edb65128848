package dev.millrace.features;

import dev.millrace.model.ActionType;

/**
 * Follows what happens to the state. Called on the ingest thread, after the state shows the change; must not block. Rows of users alone
 * are shown later, at the end of a group of events: {@link UserRows#readNewest} has them.
 */
public interface FeatureListener {
    /** An item was added, replaced, or seen for the first time in an action. */
    default void onItemUpserted(int item) {}

    default void onItemDeleted(int item) {}

    default void onAction(int user, int item, ActionType type, long millis) {}

    /** Everything known of the user is gone already; the ordinal is not used again. */
    default void onUserDeleted(int user) {}
}
