package dev.millrace.storage.personal;

/**
 * Where an encrypted value belongs. It is authenticated with the value, so that a value that was moved to another place is
 * not decrypted there.
 *
 * @param version of the row, as far as the table counts them; otherwise 0
 */
public record ValuePlace(long table, long row, long version) {}
