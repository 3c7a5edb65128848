package dev.millrace.features;

/**
 * The point at which features are read: what the state holds, for whom, and when.
 *
 * <p>Online the state is the live one and the time is now; for training it is a state that has replayed the log up to the
 * event in question, and the event's time. Nothing else differs.
 *
 * @param user the user's ordinal, −1 for one that is not known
 */
public record Moment(FeatureState state, int user, long nowMillis) {}
