package dev.millrace.server.operate;

import dev.millrace.server.hold.StoreWatch;
import dev.millrace.server.ingest.IngestAgent;
import dev.millrace.wire.operate.Health;
import dev.millrace.wire.operate.Stats;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether the server may be sent requests, and what is wrong with it. Thread-safe. */
public final class Condition {
    /** A tier that is late holds events up for less, as a rule. */
    private static final Duration STUCK_AFTER = Duration.ofSeconds(30);

    private static final String READY = "ready";
    private static final String STUCK = "stuck";

    private final IngestAgent ingest;
    private final StoreWatch store;
    private volatile boolean warm;
    private volatile boolean draining;

    public Condition(IngestAgent ingest, StoreWatch store) {
        this.ingest = ingest;
        this.store = store;
    }

    /** The code is warm. */
    public void warm() {
        warm = true;
    }

    public boolean isWarm() {
        return warm;
    }

    /** No further request is to be sent. */
    public void draining() {
        draining = true;
    }

    /** In one word, as in {@link Stats}. */
    public String state() {
        if (draining) {
            return "draining";
        }
        if (!warm) {
            return "starting";
        }
        return standsStill() ? STUCK : READY;
    }

    public boolean isReady() {
        return state().equals(READY);
    }

    /** Answers grow stale: whoever balances load has others. */
    public boolean standsStill() {
        return ingest.standstillMillis() > STUCK_AFTER.toMillis();
    }

    /** Null while nothing was found. */
    Stats.@Nullable StoreDamage storeDamage() {
        return store.damage();
    }

    /** For whoever has no key, so without the names of files. */
    Health health() {
        String state = state();
        List<String> problems = new ArrayList<>();
        if (state.equals(STUCK)) {
            problems.add("an event waits for the store, and those behind it: answers grow stale");
        }
        if (store.damage() != null) {
            problems.add("the store is damaged: GET /v1/stats and the log say where, and what to do");
        }
        return new Health(state, problems);
    }
}
