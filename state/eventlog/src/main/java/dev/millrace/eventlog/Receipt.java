package dev.millrace.eventlog;

/**
 * The log's word that it keeps an event.
 *
 * @param offset where the event is, or where its first copy is
 * @param duplicate whether an event with this id was there already
 */
public record Receipt(long offset, boolean duplicate) {}
