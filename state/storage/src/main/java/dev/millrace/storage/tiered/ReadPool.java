package dev.millrace.storage.tiered;

import dev.millrace.storage.segment.RecordBatch;
import dev.millrace.storage.segment.Segments;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Reads from disk on behalf of batches: one takes tens of microseconds, and a disk serves dozens at once. Where the system reads
 * in batches of its own (io_uring) it is asked to; else threads wait, one for each read. Either way a batch reads a page once, and
 * pages side by side together. What is read by loads is read record by record, by who asks. Thread-safe.
 */
final class ReadPool implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadPool.class);

    /** Set to {@code true}, threads read though the system could read in batches. */
    static final String BY_THREADS = "millrace.store.read-by-threads";

    /** Reads on their way at once. */
    private static final int THREADS = 16;
    /** Batches on their way at once, each of which holds 2 MB; the rows of more are read one by one. */
    private static final int BATCHES = 2 * Runtime.getRuntime().availableProcessors();

    private final ExecutorService threads;
    private final Thread example;
    private final Segments segments;
    private final @Nullable Promoter promoter;
    private final StoreStat.Access access;
    /** Who has a permit may take an idle batch, or open one. */
    private final Semaphore batches;

    private final Queue<RecordBatch> idle = new ArrayBlockingQueue<>(BATCHES);
    private final Queue<RecordBatch> failed = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean toldOfThreads = new AtomicBoolean();
    private volatile boolean closed;

    /** @param background whether rows that were read are taken into memory in the background, else by who read them */
    ReadPool(Segments segments, boolean background) {
        this(segments, background, readers());
    }

    /** @param threads those that read, which end with this */
    ReadPool(Segments segments, boolean background, ExecutorService threads) {
        this.segments = segments;
        this.threads = threads;
        this.promoter = background ? new Promoter() : null;
        boolean byLoads = segments.areReadByLoads();
        this.batches = new Semaphore(byLoads ? 0 : BATCHES);
        RecordBatch first =
                byLoads || Boolean.getBoolean(BY_THREADS) ? null : RecordBatch.byRing(segments, this::begin);
        if (first != null) {
            idle.add(first);
        } else if (!byLoads) {
            log.info(
                    "reads from disk go through {} threads: this system has no io_uring, or does not let it be used",
                    THREADS);
        }
        this.access =
                byLoads ? StoreStat.Access.LOADS : first == null ? StoreStat.Access.THREADS : StoreStat.Access.RING;
        this.example = Thread.ofPlatform().unstarted(() -> {});
    }

    private static ExecutorService readers() {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = work -> Thread.ofPlatform()
                .name("store-read-" + number.getAndIncrement())
                .daemon()
                .unstarted(work);
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** @return nothing where the caller has to read row by row, as after the end; else it is given back */
    @Nullable
    RecordBatch takeBatch() {
        if (closed || !batches.tryAcquire()) {
            return null;
        }
        RecordBatch batch = null;
        try {
            batch = idle.poll();
            if (batch == null) {
                batch = access == StoreStat.Access.THREADS
                        ? RecordBatch.byThreads(segments, this::begin)
                        : RecordBatch.byRing(segments, this::begin);
            }
            return batch;
        } finally {
            if (batch == null) {
                batches.release();
            }
        }
    }

    /** Takes back one whose reads were all taken up, or are no longer wanted. One that fails stays: the system may write to its memory. */
    void giveBack(RecordBatch batch) {
        if (batch.settle()) {
            idle.add(batch);
            batches.release();
            if (closed) {
                // Who closes the pool may have looked before.
                closeIdle();
            }
        } else {
            failed.add(batch);
        }
    }

    /** Who takes rows into memory in the background; nothing where who read them does. */
    @Nullable
    Promoter promoter() {
        return promoter;
    }

    StoreStat.Access access() {
        return access;
    }

    /** A thread as those of the pool, to ask whether memory may be used there. */
    Thread example() {
        return example;
    }

    /** Does the work for 0 to {@code count} − 1, in any order and at once; the caller takes part. Rethrows what the work threw. */
    void forEach(int count, IntConsumer work) {
        begin(count, count - 1, work).await();
    }

    /** Has threads begin the work; whoever awaits it takes part. */
    private RecordBatch.Work begin(int count, IntConsumer work) {
        return begin(count, count, work);
    }

    private Batch begin(int count, int mostHelpers, IntConsumer work) {
        Batch batch = new Batch(count, work, Thread.currentThread());
        // Handing a load to another thread takes longer than the load.
        int helpers = access == StoreStat.Access.LOADS ? 0 : Math.min(mostHelpers, THREADS);
        boolean had = true;
        for (int i = 0; i < helpers && had; i++) {
            had = hasHelp(batch);
        }
        return batch;
    }

    /** @return false where no thread can be had: whoever awaits does the work then, with those that were had */
    private boolean hasHelp(Batch batch) {
        try {
            threads.execute(batch);
            return true;
        } catch (RejectedExecutionException e) {
            // The pool is closed, and a batch was on its way.
            return false;
        } catch (OutOfMemoryError e) {
            if (!toldOfThreads.getAndSet(true)) {
                log.warn(
                        "a thread that reads from disk could not be started, reads go on with fewer: {}",
                        e.getMessage());
            }
            return false;
        }
    }

    private static final class Batch implements Runnable, RecordBatch.Work {
        private final int count;
        private final IntConsumer work;
        private final Thread waiting;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private volatile @Nullable Throwable failure;

        Batch(int count, IntConsumer work, Thread waiting) {
            this.count = count;
            this.work = work;
            this.waiting = waiting;
            this.left = new AtomicInteger(count);
        }

        @Override
        public void run() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    work.accept(i);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                if (left.decrementAndGet() == 0) {
                    LockSupport.unpark(waiting);
                }
            }
        }

        @Override
        public void await() {
            run();
            boolean interrupted = false;
            while (left.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }
    }

    @Override
    public void close() {
        if (promoter != null) {
            promoter.close();
        }
        closed = true;
        threads.shutdown();
        closeIdle();
    }

    private void closeIdle() {
        for (RecordBatch batch = idle.poll(); batch != null; batch = idle.poll()) {
            batch.close();
        }
    }
}
