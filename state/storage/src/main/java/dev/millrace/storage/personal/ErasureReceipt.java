package dev.millrace.storage.personal;

import java.time.Instant;

/**
 * Says that a person's values can no longer be read: the drop is on disk, and the wrapped key was overwritten there.
 *
 * @param sequence the place of the drop among all changes of the key table
 * @param hadKey whether there was a key to drop; without one, no value was ever encrypted
 */
public record ErasureReceipt(SubjectId subject, Instant dropped, long sequence, boolean hadKey) {}
