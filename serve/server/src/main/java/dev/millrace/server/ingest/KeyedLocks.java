package dev.millrace.server.ingest;

import java.util.concurrent.locks.ReentrantLock;

/** Lets writes of the same item or user follow one another. Thread-safe. */
final class KeyedLocks {
    private static final int STRIPES = 256;

    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    KeyedLocks() {
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    ReentrantLock of(Object key) {
        return locks[Math.floorMod(key.hashCode(), STRIPES)];
    }
}
