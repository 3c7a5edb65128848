package dev.millrace.storage.cold;

/** One object of a listing. {@code bytes} is the size of the whole object, its footer included. */
public record ColdEntry(ColdName name, long bytes) {}
