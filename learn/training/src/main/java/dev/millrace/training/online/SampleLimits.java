package dev.millrace.training.online;

import dev.millrace.model.UserId;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** How much is learnt from, of all users and of each, so that neither load nor one busy user decides. Owned by the learner. */
final class SampleLimits {
    private static final long MINUTE_MILLIS = 60_000;
    private static final int SLATES_PER_USER_AND_MINUTE = 30;

    private final int slatesPerSecond;
    private final Map<UserId, Integer> ofUsers = new HashMap<>();
    private long second;
    private long minute;
    private int inSecond;

    SampleLimits(int slatesPerSecond) {
        this.slatesPerSecond = slatesPerSecond;
    }

    void forgetIf(Predicate<UserId> isGone) {
        ofUsers.keySet().removeIf(isGone);
    }

    /** Counts a slate; whether it may be learnt from. At most as many users are counted as slates come in a minute. */
    boolean take(UserId user, long millis) {
        if (millis / 1000 != second) {
            second = millis / 1000;
            inSecond = 0;
        }
        if (millis / MINUTE_MILLIS != minute) {
            minute = millis / MINUTE_MILLIS;
            ofUsers.clear();
        }
        if (inSecond >= slatesPerSecond || ofUsers.merge(user, 1, Integer::sum) > SLATES_PER_USER_AND_MINUTE) {
            return false;
        }
        inSecond++;
        return true;
    }
}
