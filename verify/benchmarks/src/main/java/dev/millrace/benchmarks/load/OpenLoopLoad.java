package dev.millrace.benchmarks.load;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;

/**
 * Sends requests at a fixed rate, whatever the answers do, and measures from each request's intended start.
 *
 * <p>A client that waits for an answer before it sends the next request hides the server's pauses ("coordinated
 * omission", Gil Tene). Here request {@code i} is due at {@code start + i / rate}; a connection that comes late to it
 * counts the delay as latency. Load goes to a loopback port only. One run at a time; thread-safe within a run.
 */
public final class OpenLoopLoad {
    private static final long HIGHEST_MICROS = 60_000_000;
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(20);
    private static final byte[] WHOLE = "\"degraded\":[]".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final int port;
    private final int connections;
    private final LongFunction<byte[]> requests;

    /**
     * @param port the server's port on the loopback address
     * @param connections how many requests can be under way at once, at most 1,024
     * @param requests the bytes of request number i
     */
    public OpenLoopLoad(int port, int connections, LongFunction<byte[]> requests) {
        if (connections < 1 || connections > 1024) {
            throw new IllegalArgumentException("connections is " + connections + "; give 1 to 1024");
        }
        this.port = port;
        this.connections = connections;
        this.requests = requests;
    }

    /** Sends {@code ratePerSecond} requests a second for the duration. */
    public LoadResult run(double ratePerSecond, Duration duration) throws InterruptedException {
        return run(new Run((long) (1e9 / ratePerSecond), (long) (ratePerSecond * duration.toNanos() / 1e9)));
    }

    /** Sends the next request of a connection as soon as its answer has come: a closed loop, for the peak only. */
    public LoadResult runClosed(Duration duration) throws InterruptedException {
        Run run = new Run(0, Long.MAX_VALUE);
        Thread stopper = Thread.ofVirtual().start(() -> {
            LockSupport.parkNanos(duration.toNanos());
            run.next.set(Long.MAX_VALUE);
        });
        LoadResult result = run(run);
        stopper.join();
        return result;
    }

    private LoadResult run(Run run) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            threads.add(Thread.ofVirtual().name("load-", i).start(run::drive));
        }
        run.begin();
        for (Thread thread : threads) {
            thread.join();
        }
        return run.result();
    }

    /** The state of one run. Thread-safe. */
    private final class Run {
        private final long intervalNanos;
        private final long count;
        /** Connections are opened before the clock starts: all of them at once would be a load of its own. */
        private final CountDownLatch connected = new CountDownLatch(connections);

        private final CountDownLatch started = new CountDownLatch(1);
        private volatile long startNanos;
        private final AtomicLong next = new AtomicLong();
        private final AtomicLong answered = new AtomicLong();
        private final AtomicLong degraded = new AtomicLong();
        private final AtomicLong rejected = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private final Histogram latency = new SynchronizedHistogram(HIGHEST_MICROS, 3);
        private final Histogram rejectLatency = new SynchronizedHistogram(HIGHEST_MICROS, 3);

        Run(long intervalNanos, long count) {
            this.intervalNanos = intervalNanos;
            this.count = count;
        }

        void begin() throws InterruptedException {
            connected.await();
            startNanos = System.nanoTime() + 1_000_000;
            started.countDown();
        }

        void drive() {
            long request = -1;
            while (request < count) {
                try (HttpConnection connection = new HttpConnection(port, SOCKET_TIMEOUT)) {
                    awaitStart();
                    if (request < 0) {
                        request = take();
                    }
                    while (request < count) {
                        exchange(connection, request);
                        request = take();
                    }
                } catch (IOException e) {
                    awaitStart();
                    if (request < 0) {
                        request = take();
                    }
                    if (request < count) {
                        failed.incrementAndGet();
                        request = take();
                    }
                }
            }
        }

        private void awaitStart() {
            connected.countDown();
            try {
                started.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted before the load began", e);
            }
        }

        private long take() {
            long request = next.getAndIncrement();
            return request < 0 ? Long.MAX_VALUE : request;
        }

        private void exchange(HttpConnection connection, long request) throws IOException {
            byte[] bytes = requests.apply(request);
            long intended = intervalNanos == 0 ? System.nanoTime() : startNanos + request * intervalNanos;
            for (long wait = intended - System.nanoTime(); wait > 0; wait = intended - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            long sent = System.nanoTime();
            int status = connection.exchange(bytes);
            long end = System.nanoTime();
            if (status == 200) {
                answered.incrementAndGet();
                latency.recordValue(Math.min(HIGHEST_MICROS, (end - intended) / 1000));
                if (!connection.bodyContains(WHOLE)) {
                    degraded.incrementAndGet();
                }
            } else if (status == 429) {
                rejected.incrementAndGet();
                rejectLatency.recordValue(Math.min(HIGHEST_MICROS, (end - sent) / 1000));
            } else {
                failed.incrementAndGet();
            }
        }

        LoadResult result() {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            return new LoadResult(
                    seconds, answered.get(), degraded.get(), rejected.get(), failed.get(), latency, rejectLatency);
        }
    }
}
