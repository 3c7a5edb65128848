package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.runtime.Agent;
import dev.millrace.runtime.Metrics;
import dev.millrace.storage.tiered.TieredStore;
import dev.millrace.wire.operate.Stats;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says once of each damaged file of the store what is wrong with it and what to do: those who read its rows say it to their
 * callers, again and again. Any thread may ask for what was found.
 */
public final class StoreWatch implements Agent {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    private final TieredStore store;
    private final EventLog events;
    private final Path directory;
    /** Owned by the agent's thread. */
    private final Set<String> told = new HashSet<>();

    /** @param directory of the store */
    public StoreWatch(TieredStore store, EventLog events, Path directory) {
        this.store = store;
        this.events = events;
        this.directory = directory;
    }

    /** Lets the scraper read how many files are damaged. */
    public void register(Metrics metrics) {
        metrics.gauge(
                "store.damaged",
                "files and tables of the store that were found to be damaged since the start; the log and /v1/stats name them and the remedy",
                () -> store.damageSince().size());
    }

    @Override
    public String name() {
        return "store-watch";
    }

    @Override
    public int doWork() {
        List<String> found = store.damageSince();
        if (found.size() == told.size()) {
            return 0;
        }
        for (String sentence : found) {
            if (told.add(sentence)) {
                log.error("the store is damaged: {}. {}", sentence, remedy());
            }
        }
        return 1;
    }

    /** Null while nothing was found. */
    public Stats.@Nullable StoreDamage damage() {
        List<String> found = store.damageSince();
        return found.isEmpty() ? null : new Stats.StoreDamage(found, remedy());
    }

    private String remedy() {
        return events.begin() == 0
                ? "Stop the server, delete " + directory
                        + " and start it again: the log is whole, and the store is made anew" + " from it"
                : "The log begins at offset " + events.begin()
                        + ", so that the store cannot be made anew from it: stop the"
                        + " server, and put " + directory + " and " + directory.resolveSibling("snapshots")
                        + " back from a backup of one time";
    }
}
