package dev.millrace.storage.cold;

import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the content of sealed objects through a cache of verified blocks.
 *
 * <p>No read waits longer than its deadline and {@link ColdReaderConfig#readTimeout}; a store that fails or is slow too
 * often is not asked for a while; a block is fetched once, however many want it. What cannot be had is a value, not an
 * exception: the caller answers with the default row and the report counts it.
 *
 * <p>A batch calls {@link #prefetch} for each of its reads first, so that they wait together and not one after the other.
 * Thread-safe.
 */
public final class CachedColdReader implements AutoCloseable {
    private final ColdReaderConfig config;
    private final Clock clock;
    private final BlockCache cache;
    private final CircuitBreaker breaker;
    private final ColdCounters counters = new ColdCounters();
    private final ColdFetches fetches;

    public CachedColdReader(ColdStore store, ColdReaderConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.cache = new BlockCache(config.cacheBytes());
        this.breaker = new CircuitBreaker(ColdReaderConfig.FIRST_PAUSE, ColdReaderConfig.LONGEST_PAUSE, clock);
        this.fetches = new ColdFetches(store, config, cache, breaker, counters, clock);
    }

    /**
     * Reads content to the beginning of {@code into}. When the answer is not {@link ColdRead#WHOLE}, some bytes of
     * {@code into} may have been written.
     *
     * @param offset of the content, from 0
     * @throws IndexOutOfBoundsException when the object's content ends before {@code offset + length}
     */
    public ColdRead read(ColdName name, long offset, int length, MemorySegment into, Deadline deadline) {
        Objects.checkFromIndexSize(0, length, into.byteSize());
        long start = clock.nanos();
        Deadline bound = deadline.within(config.readTimeout());
        ColdRead outcome = ColdRead.FAILED;
        try {
            outcome = readBlocks(name, offset, length, into, bound);
        } finally {
            counters.readEnded(outcome, length, clock.nanos() - start);
        }
        return outcome;
    }

    /** Starts to fetch what a read will want and does not wait; a range that the object does not have is left out. */
    public void prefetch(ColdName name, long offset, int length) {
        BlockKey footerKey = BlockKey.footerOf(name);
        Cached cached = present(footerKey);
        if (cached == null) {
            var _ = fetches.footer(footerKey).thenAccept(arrived -> prefetch(name, arrived, offset, length));
        } else {
            prefetch(name, cached, offset, length);
        }
    }

    /** Drops what is cached of an object that was deleted. */
    public void forget(ColdName name) {
        cache.removeAll(name);
    }

    public ColdReport report() {
        return counters.report(cache.bytes(), breaker);
    }

    /** Refuses what is asked from now on. The store stays open: it belongs to the caller. */
    @Override
    public void close() {
        fetches.close();
    }

    private void prefetch(ColdName name, Cached end, long offset, int length) {
        if (end instanceof ColdFooter footer && length > 0 && isWithin(footer, offset, length)) {
            for (int block = firstBlock(footer, offset); block <= lastBlock(footer, offset, length); block++) {
                BlockKey key = new BlockKey(name, block);
                if (present(key) == null) {
                    var _ = fetches.block(key, footer);
                }
            }
        }
    }

    private ColdRead readBlocks(ColdName name, long offset, int length, MemorySegment into, Deadline deadline) {
        BlockKey footerKey = BlockKey.footerOf(name);
        Cached found = present(footerKey);
        Cached awaited = found != null ? found : await(fetches.footer(footerKey), deadline);
        return switch (awaited) {
            case null -> ColdRead.LATE;
            case Cached.Failure failure -> failure.outcome();
            case Cached.Block block -> throw new IllegalStateException("a block lies where a footer belongs: " + block);
            case ColdFooter footer -> {
                checkRange(name, footer, offset, length);
                yield readBlocks(name, footer, offset, into.asSlice(0, length), deadline);
            }
        };
    }

    /** Asks for all blocks first and waits for them then. */
    private ColdRead readBlocks(ColdName name, ColdFooter footer, long offset, MemorySegment into, Deadline deadline) {
        if (into.byteSize() == 0) {
            return ColdRead.WHOLE;
        }
        int first = firstBlock(footer, offset);
        int last = lastBlock(footer, offset, into.byteSize());
        List<CompletableFuture<Cached>> blocks = new ArrayList<>(last - first + 1);
        for (int block = first; block <= last; block++) {
            blocks.add(ask(new BlockKey(name, block), footer));
        }
        for (int i = 0; i < blocks.size(); i++) {
            long at = (long) (first + i) * footer.blockBytes() - offset;
            ColdRead outcome = copy(await(blocks.get(i), deadline), at, into);
            if (!outcome.isWhole()) {
                return outcome;
            }
        }
        return ColdRead.WHOLE;
    }

    private CompletableFuture<Cached> ask(BlockKey key, ColdFooter footer) {
        Cached cached = present(key);
        if (cached == null) {
            counters.misses.increment();
            return fetches.block(key, footer);
        }
        counters.hits.increment();
        return CompletableFuture.completedFuture(cached);
    }

    /** @param at where the block begins, counted from the beginning of {@code into}; negative when it begins before */
    private static ColdRead copy(@Nullable Cached content, long at, MemorySegment into) {
        return switch (content) {
            case null -> ColdRead.LATE;
            case Cached.Failure failure -> failure.outcome();
            case ColdFooter footer ->
                throw new IllegalStateException("a footer lies where a block belongs: " + footer.blocks());
            case Cached.Block(byte[] bytes) -> {
                int from = (int) Math.max(0, -at);
                int to = (int) Math.min(bytes.length, into.byteSize() - at);
                MemorySegment.copy(bytes, from, into, ColdObjectFormat.BYTES, at + from, to - from);
                yield ColdRead.WHOLE;
            }
        };
    }

    /** What the cache has, unless it is a failure that may be over. */
    private @Nullable Cached present(BlockKey key) {
        Cached cached = cache.get(key);
        boolean over = cached instanceof Cached.Failure failure && clock.nanos() - failure.untilNanos() >= 0;
        return over ? null : cached;
    }

    /** @return {@code null} when it did not come in time */
    private static <T> @Nullable T await(CompletableFuture<T> fetch, Deadline deadline) {
        try {
            return fetch.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a fetch answers with a value, never with a failure", e);
        }
    }

    private static void checkRange(ColdName name, ColdFooter footer, long offset, int length) {
        if (!isWithin(footer, offset, length)) {
            throw new IndexOutOfBoundsException(name + " has " + footer.contentBytes() + " bytes of content; asked for "
                    + length + " from " + offset);
        }
    }

    private static boolean isWithin(ColdFooter footer, long offset, int length) {
        return offset >= 0 && length >= 0 && offset <= footer.contentBytes() - length;
    }

    private static int firstBlock(ColdFooter footer, long offset) {
        return (int) (offset / footer.blockBytes());
    }

    private static int lastBlock(ColdFooter footer, long offset, long length) {
        return (int) ((offset + length - 1) / footer.blockBytes());
    }
}
