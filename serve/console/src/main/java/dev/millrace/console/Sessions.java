package dev.millrace.console;

import dev.millrace.client.ClientConfig;
import dev.millrace.client.MillraceClient;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who is signed in: random names of sessions, each with the client that speaks with its key.
 *
 * <p>In memory and bounded: a restart signs everybody out, and the oldest session goes when there are too many.
 * Thread-safe.
 */
final class Sessions implements AutoCloseable {
    private static final int MAX_SESSIONS = 256;
    private static final int MAX_TOKENS = 16;
    private static final long SESSION_NANOS = Duration.ofHours(12).toNanos();
    private static final long TOKEN_NANOS = Duration.ofMinutes(1).toNanos();

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Map<String, Token> tokens = new LinkedHashMap<>();

    private record Session(MillraceClient client, long expiresNanos) {}

    private record Token(String key, long expiresNanos) {}

    /** Opens a session for a key and returns its name. */
    synchronized String open(URI server, String key) {
        dropOldest();
        MillraceClient client = new MillraceClient(ClientConfig.of(server, key));
        String name = randomName();
        sessions.put(name, new Session(client, System.nanoTime() + SESSION_NANOS));
        return name;
    }

    synchronized @Nullable MillraceClient find(String name) {
        Session session = sessions.get(name);
        if (session == null) {
            return null;
        }
        if (session.expiresNanos - System.nanoTime() < 0) {
            end(name);
            return null;
        }
        return session.client;
    }

    synchronized void end(String name) {
        Session session = sessions.remove(name);
        if (session != null) {
            session.client.close();
        }
    }

    synchronized String issueToken(String key) {
        if (tokens.size() == MAX_TOKENS) {
            tokens.remove(tokens.keySet().iterator().next());
        }
        String token = randomName();
        tokens.put(token, new Token(key, System.nanoTime() + TOKEN_NANOS));
        return token;
    }

    /** The key behind a token that was neither used nor has expired; the token is used up. */
    synchronized @Nullable String redeem(String token) {
        Token found = tokens.remove(token);
        return found == null || found.expiresNanos - System.nanoTime() < 0 ? null : found.key;
    }

    @Override
    public synchronized void close() {
        sessions.values().forEach(session -> session.client.close());
        sessions.clear();
        tokens.clear();
    }

    private void dropOldest() {
        if (sessions.size() == MAX_SESSIONS) {
            Iterator<Session> oldest = sessions.values().iterator();
            oldest.next().client.close();
            oldest.remove();
        }
    }

    private String randomName() {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
