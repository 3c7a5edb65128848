package dev.millrace.server;

import java.net.URI;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What an extension may know of the server it extends. Thread-safe.
 *
 * @param isKey whether a text is a key that the server accepts; costs one hash
 * @param self where the server answers on this machine; call it only once the server has started
 */
public record ServerContext(Predicate<String> isKey, Supplier<URI> self) {}
