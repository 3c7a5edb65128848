package dev.millrace.features;

import org.jspecify.annotations.Nullable;

/**
 * The point at which features are read: what the state holds, for whom, and when.
 *
 * <p>Online the state is the live one and the time is now; for training it is a state that has replayed the log up to the
 * event in question, and the event's time. Nothing else differs. The rows of items are read once for all features that ask
 * for the same items one after the other. Owned by one thread.
 */
public final class Moment {
    private final FeatureState state;
    private final int user;
    private final long nowMillis;
    private final ItemRows rows;
    private final @Nullable UserProfile profileRoom;
    private @Nullable UserRow userRow;
    private @Nullable UserProfile profile;
    private @Nullable MetTopics met;
    private boolean countsRead;
    private boolean hoursRead;

    /** @param user the user's ordinal, −1 for one that is not known */
    public Moment(FeatureState state, int user, long nowMillis) {
        this(state, user, nowMillis, new ItemRows());
    }

    /** @param rows what the rows of items are read into, for a caller that keeps it */
    public Moment(FeatureState state, int user, long nowMillis, ItemRows rows) {
        this(state, user, nowMillis, rows, null, null);
    }

    /**
     * @param read what is kept of the user, where the caller has read it; else it is read when it is asked for
     * @param profileRoom what the user's attributes are read into, for a caller that keeps it; else it is made when they are asked for
     */
    public Moment(
            FeatureState state,
            int user,
            long nowMillis,
            ItemRows rows,
            @Nullable UserRow read,
            @Nullable UserProfile profileRoom) {
        this.state = state;
        this.user = user;
        this.nowMillis = nowMillis;
        this.rows = rows;
        this.userRow = read;
        this.profileRoom = profileRoom;
    }

    public FeatureState state() {
        return state;
    }

    public int user() {
        return user;
    }

    public long nowMillis() {
        return nowMillis;
    }

    /** What is kept of the user, read once. */
    UserRow userRow() {
        UserRow row = userRow;
        if (row == null) {
            row = state.userRows().read(user, state.userRows().room());
            userRow = row;
        }
        return row;
    }

    /** What is said of the user, read once. */
    UserProfile profile() {
        UserProfile read = profile;
        if (read == null) {
            read = state.userAttributes().read(user, profileRoom == null ? new UserProfile() : profileRoom);
            profile = read;
        }
        return read;
    }

    /** Whether attributes of the user were read and are missing only because a tier of the store did not give them in time. */
    public boolean isProfileLate() {
        return profile != null && profile.isLate();
    }

    /** Which topics the items that the user met have, counted once. */
    MetTopics met() {
        MetTopics counted = met;
        if (counted == null) {
            counted = MetTopics.count(userRow(), state.catalog());
            met = counted;
        }
        return counted;
    }

    /** Reads a count of each of the first n items. */
    void counts(CounterKind kind, int[] items, int n, float[] into) {
        Counters counters = state.counters();
        if (!countsRead || !rows.counts.isOf(items, n)) {
            counters.readCounts(items, n, rows.counts);
            countsRead = true;
        }
        counters.counts(rows.counts, n, kind, nowMillis, into);
    }

    /** Reads the positive actions in this hour of the day on each of the first n items. */
    void hours(int[] items, int n, float[] into) {
        Counters counters = state.counters();
        if (!hoursRead || !rows.hours.isOf(items, n)) {
            counters.readHours(items, n, rows.hours);
            hoursRead = true;
        }
        counters.hours(rows.hours, n, Counters.hourOfDay(nowMillis), nowMillis, into);
    }
}
