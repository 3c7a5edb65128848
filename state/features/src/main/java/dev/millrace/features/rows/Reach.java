package dev.millrace.features.rows;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

/** What the writer does where a tier is late: it waits, since a row that is folded anew would lose what was in it. */
final class Reach {
    private Reach() {}

    /** @throws MillraceException (UNAVAILABLE) where a row is absent only because a tier did not give it in time */
    static void require(boolean outOfReach, int ordinal) {
        if (outOfReach) {
            throw new MillraceException(
                    ErrorCode.UNAVAILABLE,
                    "the cold tier did not give the row of ordinal " + ordinal
                            + " in time; see store.cold.* and its storage");
        }
    }
}
