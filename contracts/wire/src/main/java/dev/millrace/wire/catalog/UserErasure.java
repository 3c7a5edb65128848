package dev.millrace.wire.catalog;

import dev.millrace.wire.Given;

import java.time.Instant;
import java.util.List;

/**
 * The receipt of an erasure: what was kept of a user cannot be decrypted by anyone any more.
 *
 * @param erased when the user's key was dropped; who erases again gets the first time
 * @param sequence the drop's number in the key table, which finds it again
 * @param hadKey whether anything of the user had ever been encrypted
 * @param unreadable where bytes of the user may still lie, which nobody can read, copies of them included
 * @param remains what says nothing of the user alone and stays, each with what makes it go
 */
public record UserErasure(
        String user, Instant erased, long sequence, boolean hadKey, List<String> unreadable, List<String> remains) {
    public UserErasure {
        unreadable = Given.list("unreadable", unreadable);
        remains = Given.list("remains", remains);
    }
}
