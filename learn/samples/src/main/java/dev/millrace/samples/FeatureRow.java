package dev.millrace.samples;

/**
 * What was known of one user and one item at one moment, in the order and the buckets of a feature schema.
 *
 * @param numeric a number per {@link dev.millrace.features.FeatureDefinition.Numeric}, in the schema's order
 * @param item the item's bucket
 * @param user the user's bucket, −1 for a user that was not known
 * @param itemProfile buckets of the item's topics and attributes
 * @param userProfile buckets of the user's attributes
 * @param history the buckets of the items of the user's newest positive actions, newest last
 */
@SuppressWarnings("ArrayRecordComponent") // one row among millions, read by index; nobody compares or prints it
public record FeatureRow(float[] numeric, int item, int user, int[] itemProfile, int[] userProfile, int[] history) {}
