package dev.millrace.server.ingest;

import dev.millrace.eventlog.EventCipher;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Event;
import dev.millrace.model.InvalidValueException;
import dev.millrace.model.MillraceException;
import dev.millrace.model.UserId;
import dev.millrace.recommend.RecommendPipeline;
import dev.millrace.storage.personal.ErasureReceipt;
import dev.millrace.storage.personal.KeyTable;
import dev.millrace.storage.personal.SubjectId;
import dev.millrace.wire.catalog.UserErasure;

import java.time.Duration;
import java.util.List;

/**
 * Erases users by dropping their keys, and takes them back. Thread-safe.
 *
 * <p>The drop is on disk before anything else happens: from then on the log, the rows and the snapshots have nothing of the user
 * that anyone can read, and no new event of theirs is taken. Then the process forgets what it holds in memory.
 */
public final class Erasures {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final List<String> UNREADABLE = List.of(
            "events and served slates in the log",
            "rows of what the user did and of their attributes, in the store and its cold tier",
            "name and attributes in snapshots",
            "copies of these files, whenever they were made");

    private static final List<String> REMAINS = List.of(
            "counts of items and pairs of items, as sums over all users: a replay of the log leaves the user out",
            "models that were trained before: the next training leaves the user out",
            "a training under way keeps the key and the history in memory until it ends; the learner forgets them within seconds",
            "copies of the key file from before, with their master key: rotate it with 'millrace keys rotate' and destroy the old one");

    private final KeyTable keys;
    private final IngestAgent ingest;
    private final RecommendPipeline pipeline;

    public Erasures(KeyTable keys, IngestAgent ingest, RecommendPipeline pipeline) {
        this.keys = keys;
        this.ingest = ingest;
        this.pipeline = pipeline;
    }

    /**
     * Returns when the user's key is dropped on disk, and the process has forgotten them; docs/privacy.md says what of it remains in
     * memory. To erase again gives the first receipt.
     */
    UserErasure erase(UserId id) {
        ErasureReceipt receipt;
        try {
            receipt = keys.drop(subject(id));
        } finally {
            // Also where the drop is on disk and one who holds the key in memory failed to forget it.
            if (keys.isErased(subject(id))) {
                forget(id);
            }
        }
        return new UserErasure(
                id.value(), receipt.dropped(), receipt.sequence(), receipt.hadKey(), UNREADABLE, REMAINS);
    }

    private void forget(UserId id) {
        pipeline.forget(id);
        Intake.await(ingest.forget(id), LIMIT);
        // Again: a request under way may have remembered them meanwhile.
        pipeline.forget(id);
    }

    /** Gives a new key to a user who was erased and came back; what was before stays unreadable. */
    void readmit(UserId id) {
        if (keys.isErased(subject(id))) {
            keys.readmit(subject(id));
        }
    }

    /** @throws InvalidValueException for an event of a user who was erased, which is not taken */
    void requirePresent(Event event) {
        UserId user = EventCipher.userOf(event);
        if (user != null && keys.isErased(subject(user))) {
            throw new InvalidValueException("user", "'" + user + "' was erased; " + wayBack(user));
        }
    }

    /** @throws MillraceException {@code CONFLICT} for a user who was erased */
    void requirePresent(UserId id) {
        if (keys.isErased(subject(id))) {
            throw new MillraceException(ErrorCode.CONFLICT, "User '" + id + "' was erased; " + wayBack(id));
        }
    }

    /** @throws MillraceException {@code NOT_FOUND} for a user who was erased, of whom there is nothing to read */
    void requireUnerased(UserId id) {
        if (keys.isErased(subject(id))) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "User '" + id + "' was erased; " + wayBack(id));
        }
    }

    private static String wayBack(UserId user) {
        return "nothing of theirs is taken until they come back, by PUT /v1/users/" + user + "?readmit=true";
    }

    private static SubjectId subject(UserId id) {
        return SubjectId.of(id.value());
    }
}
