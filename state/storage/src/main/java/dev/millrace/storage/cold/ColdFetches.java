package dev.millrace.storage.cold;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import dev.millrace.storage.cold.ColdStoreException.Reason;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Brings blocks and footers from the store into the cache: each once, however many readers want it, on virtual threads of
 * its own, so that a reader may stop waiting while the fetch goes on. Thread-safe.
 */
final class ColdFetches implements AutoCloseable {
    private final ColdStore store;
    private final ColdReaderConfig config;
    private final Clock clock;
    private final BlockCache cache;
    private final CircuitBreaker breaker;
    private final ColdCounters counters;
    private final Semaphore turns;
    private final Semaphore room;
    private final ConcurrentHashMap<BlockKey, CompletableFuture<Cached>> underWay = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** What one fetch does once it is its turn. */
    private interface Work {
        /** The weight of what it brings, as far as is known before. */
        int weight();

        Cached fetch(Deadline deadline) throws ColdStoreException;
    }

    ColdFetches(
            ColdStore store,
            ColdReaderConfig config,
            BlockCache cache,
            CircuitBreaker breaker,
            ColdCounters counters,
            Clock clock) {
        this.store = store;
        this.config = config;
        this.clock = clock;
        this.cache = cache;
        this.breaker = breaker;
        this.counters = counters;
        this.turns = new Semaphore(config.concurrentFetches(), true);
        this.room = new Semaphore(config.concurrentFetches() + config.waitingFetches());
    }

    /** Never fails: what cannot be had is a {@link Cached.Failure}. */
    CompletableFuture<Cached> footer(BlockKey key) {
        return join(key, new Work() {
            @Override
            public int weight() {
                return 0;
            }

            @Override
            public Cached fetch(Deadline deadline) throws ColdStoreException {
                return SealedFile.footer(store, key.name(), deadline);
            }
        });
    }

    /** Never fails: what cannot be had is a {@link Cached.Failure}. */
    CompletableFuture<Cached> block(BlockKey key, ColdFooter footer) {
        return join(key, new Work() {
            @Override
            public int weight() {
                return footer.lengthOf(key.block());
            }

            @Override
            public Cached fetch(Deadline deadline) throws ColdStoreException {
                byte[] bytes = new byte[weight()];
                long offset = (long) key.block() * footer.blockBytes();
                store.read(key.name(), offset, bytes.length, MemorySegment.ofArray(bytes), deadline);
                if (!footer.isWhole(key.block(), bytes)) {
                    throw new ColdStoreException(
                            Reason.DAMAGED, "block " + key.block() + " of " + key.name() + " has a wrong checksum");
                }
                counters.bytesFetched.add(bytes.length);
                return new Cached.Block(bytes);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
    }

    private CompletableFuture<Cached> join(BlockKey key, Work work) {
        CompletableFuture<Cached> mine = new CompletableFuture<>();
        CompletableFuture<Cached> present = underWay.putIfAbsent(key, mine);
        if (present != null) {
            return present;
        }
        Cached landed = cache.get(key);
        if (landed != null && !isOver(landed)) {
            // Another fetch ended between the reader's look into the cache and now.
            end(key, mine, landed);
        } else if (closed || breaker.isRefusing() || !room.tryAcquire()) {
            end(key, mine, failure(ColdRead.REFUSED));
        } else {
            Thread.ofVirtual().name("cold-fetch").start(() -> run(key, work, mine));
        }
        return mine;
    }

    private void run(BlockKey key, Work work, CompletableFuture<Cached> future) {
        Cached result = failure(ColdRead.FAILED);
        try {
            turns.acquireUninterruptibly();
            try {
                result = fetchIntoCache(key, work);
            } finally {
                turns.release();
            }
        } finally {
            room.release();
            end(key, future, result);
        }
    }

    private Cached fetchIntoCache(BlockKey key, Work work) {
        int weight = work.weight();
        if (!cache.reserve(weight)) {
            return failure(ColdRead.REFUSED);
        }
        long permit = closed ? CircuitBreaker.REFUSED : breaker.permit();
        if (permit == CircuitBreaker.REFUSED) {
            cache.giveBack(weight);
            return failure(ColdRead.REFUSED);
        }
        Cached result = fetch(work, permit);
        keep(key, weight, result);
        return result;
    }

    /** The breaker learns of the outcome whatever happens: a try that is never answered would keep it open for ever. */
    private Cached fetch(Work work, long permit) {
        counters.fetches.increment();
        long start = clock.nanos();
        boolean answered = false;
        try {
            Cached content = work.fetch(Deadline.after(config.fetchTimeout(), clock));
            answered = true;
            return content;
        } catch (ColdStoreException e) {
            answered = e.reason() == Reason.MISSING || e.reason() == Reason.DAMAGED;
            counters.lastFailure(e);
            return failure(outcomeOf(e.reason()));
        } catch (RuntimeException e) {
            // A defect of the store must not leave a reader waiting; the report shows it.
            counters.lastFailure(e);
            return failure(ColdRead.FAILED);
        } finally {
            long nanos = clock.nanos() - start;
            counters.fetchTimes.recordValue(Math.max(0, nanos));
            breaker.record(permit, answered && nanos <= config.slowAfter().toNanos());
        }
    }

    /** A footer's weight, and that of a failure, is known only now; what does not fit is used without being kept. */
    private void keep(BlockKey key, int reserved, Cached result) {
        boolean lasting = !(result instanceof Cached.Failure failure) || isLasting(failure.outcome());
        if (lasting && result.weight() == reserved) {
            cache.put(key, result);
            return;
        }
        cache.giveBack(reserved);
        if (lasting && cache.reserve(result.weight())) {
            cache.put(key, result);
        }
    }

    private void end(BlockKey key, CompletableFuture<Cached> future, Cached result) {
        underWay.remove(key, future);
        future.complete(result);
    }

    private boolean isOver(Cached cached) {
        return cached instanceof Cached.Failure failure && clock.nanos() - failure.untilNanos() >= 0;
    }

    private Cached.Failure failure(ColdRead outcome) {
        return new Cached.Failure(outcome, clock.nanos() + config.retryAfter().toNanos());
    }

    /** The breaker remembers that a store fails; the cache remembers that an object does. */
    private static boolean isLasting(ColdRead outcome) {
        return outcome == ColdRead.ABSENT || outcome == ColdRead.DAMAGED;
    }

    private static ColdRead outcomeOf(Reason reason) {
        return switch (reason) {
            case MISSING -> ColdRead.ABSENT;
            case DAMAGED -> ColdRead.DAMAGED;
            case LATE -> ColdRead.LATE;
            case CONFLICT, UNAVAILABLE -> ColdRead.FAILED;
        };
    }
}
