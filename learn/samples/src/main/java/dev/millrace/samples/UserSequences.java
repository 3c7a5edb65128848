package dev.millrace.samples;

import dev.millrace.model.UserId;

import java.util.List;

/**
 * Sequences together with whose they are.
 *
 * @param users the user of each sequence, in the order of the data set
 */
public record UserSequences(SequenceDataset dataset, List<UserId> users) {
    public UserSequences {
        users = List.copyOf(users);
        if (users.size() != dataset.userCount()) {
            throw new IllegalArgumentException(
                    users.size() + " users for " + dataset.userCount() + " sequences; give one user each");
        }
    }
}
