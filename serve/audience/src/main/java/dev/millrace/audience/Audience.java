package dev.millrace.audience;

import dev.millrace.audience.world.Person;
import dev.millrace.audience.world.Work;
import dev.millrace.audience.world.World;
import dev.millrace.wire.catalog.ItemBody;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The simulated audience at work: sessions arrive at random at a rate that is steady after 20 s, whether or not the server keeps up, and
 * each person looks, clicks, thinks and asks again. Thread-safe.
 *
 * <p>One thread keeps the time; every step of a session runs on a virtual thread of its own, one at a time per person.
 */
public final class Audience implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
    private static final int UPLOAD_BATCH = 500;
    /** People at the door while this many are inside turn away: a server that stands still must not fill the memory. */
    private static final int MOST_SESSIONS = 5000;

    private static final long DRAIN_SECONDS = 10;
    private static final double FIRST_CROWD = 0.1;
    /** About the time in which a JVM compiles what it does often. */
    private static final double RAMP_SECONDS = 20;

    private final AudienceConfig config;
    private final PublicApi api;
    private final World world;
    private final Measurements measurements;
    private final FreshnessProbe probe;
    private final SplittableRandom arrivals;
    private final Map<Integer, Person> people = new ConcurrentHashMap<>();
    private final Map<Integer, Visit> inside = new ConcurrentHashMap<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("audience-pace").factory());
    private final ExecutorService steps = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("audience-step-", 0).factory());

    public Audience(AudienceConfig config, PublicApi api) {
        this.config = config;
        this.api = api;
        world = new World(config.world());
        measurements = new Measurements(
                (int) Math.min(Integer.MAX_VALUE / 8, config.length().toSeconds() + 1));
        probe = new FreshnessProbe(api, measurements, config.slate(), FreshnessProbe.INTERVAL);
        arrivals = new SplittableRandom(config.world().seed() ^ 0x5DEECE66DL);
    }

    /** Puts the world's items into the catalogue, and lets people in. */
    public void open() {
        List<Work> works = List.copyOf(world.works());
        for (int from = 0; from < works.size(); from += UPLOAD_BATCH) {
            int to = Math.min(works.size(), from + UPLOAD_BATCH);
            api.items(works.subList(from, to).stream().map(Audience::body).toList());
        }
        later(0, this::arrive);
        later(config.newItemEvery().toNanos(), this::publish);
        PlantedDrift drift = config.drift();
        if (drift != null) {
            later(drift.at().toNanos(), () -> world.drift(drift.kind()));
        }
    }

    /** Waits until the audience's time is over or it was closed. */
    public void await() throws InterruptedException {
        boolean closed = end.await(config.length().toNanos(), TimeUnit.NANOSECONDS);
        LOG.debug("audience ends; closed early: {}", closed);
    }

    /** What was measured so far. */
    public AudienceReport report() {
        return AudienceReport.of(measurements, config.drift(), processStartEpochMillis());
    }

    /** How it goes now, with the click rates of the last half minute. */
    public Glance glance() {
        return Glance.of(measurements);
    }

    /** Lets nobody in any more, and waits for the open steps to end. */
    @Override
    public void close() {
        end.countDown();
        pace.shutdownNow();
        steps.shutdown();
        try {
            if (!steps.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("some requests did not end within {} s", DRAIN_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Of the process, not of the JVM: where a script became this JVM, its work counts as well. */
    private static long processStartEpochMillis() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElseGet(() -> ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    /** The next session begins, and the one after it is due after an exponentially distributed time. */
    private void arrive() {
        Person person = people.computeIfAbsent(arrivals.nextInt(config.world().people()), world::person);
        if (inside.size() < MOST_SESSIONS && !inside.containsKey(person.number())) {
            Visit visit = new Visit(config, world, api, measurements, probe, person);
            inside.put(person.number(), visit);
            run(visit);
        }
        double sessionsPerSecond = crowd() * config.requestsPerSecond() / config.meanSession();
        double waitSeconds = -Math.log(1 - arrivals.nextDouble()) / sessionsPerSecond;
        later((long) (waitSeconds * 1e9), this::arrive);
    }

    /** The share of the rate that has come so far: a fresh server meets a crowd that grows, not one at the door. */
    private double crowd() {
        return Math.min(1, FIRST_CROWD + measurements.elapsedSeconds() / RAMP_SECONDS);
    }

    private void run(Visit visit) {
        try {
            steps.execute(() -> step(visit));
        } catch (RejectedExecutionException e) {
            LOG.trace("closed before {} looked", visit.person().id());
        }
    }

    private void step(Visit visit) {
        if (stays(visit)) {
            later(visit.thinkNanos(), () -> run(visit));
        } else {
            inside.remove(visit.person().number());
        }
    }

    /** A failed request ends the visit, as it does with people. */
    private boolean stays(Visit visit) {
        try {
            return visit.step();
        } catch (RuntimeException e) {
            measurements.failed(e);
            LOG.debug("a visit ended by a failure", e);
            return false;
        }
    }

    private void publish() {
        later(config.newItemEvery().toNanos(), this::publish);
        steps.execute(() -> {
            try {
                api.items(List.of(body(world.publish())));
            } catch (RuntimeException e) {
                measurements.failed(e);
                LOG.warn("a new item was not taken: {}", e.getMessage());
            }
        });
    }

    /** Runs it on the pace thread after a time; never once the audience is closed. */
    private void later(long nanos, Runnable task) {
        try {
            ScheduledFuture<?> _ = pace.schedule(guarded(task), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.trace("closed before a task was due");
        }
    }

    /** What the executor would keep in a future that nobody reads is logged here. */
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RejectedExecutionException e) {
                LOG.trace("closed while a task was starting");
            } catch (RuntimeException e) {
                LOG.error("the audience's pace failed", e);
            }
        };
    }

    private static ItemBody body(Work work) {
        return ItemBody.of(work.id(), work.title(), work.shownTopics());
    }
}
