package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.UserId;
import dev.millrace.server.hold.SnapshotConfig.Need;
import dev.millrace.server.hold.SnapshotConfig.Whole;
import dev.millrace.storage.SnapshotDirectory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The snapshots with the rows in them, by which trainings and the learner begin in the middle of the log. Where it is shortened, they are
 * spread over what it holds, so that one is always near its beginning and one near its end: no two neighbours, nor the log's beginning and
 * the first, are farther apart than about half of the log, and there are five at most. For a learner alone there is the newest. Owned by the thread that writes snapshots, but for what says
 * otherwise.
 */
final class WholeSnapshots {
    private static final Logger log = LoggerFactory.getLogger(WholeSnapshots.class);

    private final SnapshotDirectory directory;
    private final EventLog events;
    private final StoredTables tables;
    private final Whole config;
    private volatile boolean isAbandoned;

    WholeSnapshots(Path directory, EventLog events, StoredTables tables, Whole config) {
        this.directory = new SnapshotDirectory(directory, WholeSnapshot.KIND);
        this.events = events;
        this.tables = tables;
        this.config = config;
        removeLeftovers();
    }

    /** A crash broke off the one under way, which is as large as all rows. */
    private void removeLeftovers() {
        try {
            directory.removeLeftovers();
        } catch (IOException e) {
            log.warn("a whole snapshot that was broken off could not be removed; the next start tries again", e);
        }
    }

    /** Gives up the one under way, and makes none any more: the process ends. By any thread. */
    void abandon() {
        isAbandoned = true;
    }

    /** Whether the log has lost its beginning, and none can stand for it. By any thread. */
    boolean areMissing() throws IOException {
        return need() == Need.SHORTENED_LOG && usable().isEmpty();
    }

    /**
     * Makes one of the newest snapshot where it is time to, and removes those that are not needed. A failure is told, and the next snapshot
     * tries again.
     *
     * @param owners whose an ordinal is now
     */
    void follow(long offset, Path features, IntFunction<@Nullable UserId> owners) {
        try {
            if (need() != Need.NONE && !isAbandoned && isDue(offset)) {
                make(offset, features, owners);
            }
            prune();
        } catch (InterruptedIOException e) {
            log.info("the whole snapshot of offset {} was given up, since the process ends", offset);
        } catch (IOException | RuntimeException e) {
            // Whatever it is: the snapshot that it was to be made of is on disk.
            log.warn("no whole snapshot was made of offset {}; the next snapshot tries again", offset, e);
        }
    }

    private Need need() {
        if (config.events() == 0) {
            return Need.NONE;
        }
        return events.begin() > 0 ? Need.SHORTENED_LOG : config.need();
    }

    private boolean isDue(long offset) throws IOException {
        List<Long> usable = usable();
        if (need() == Need.FAST_START) {
            // To read so many events at a start is all right: a copy of all rows would cost more.
            return offset - (usable.isEmpty() ? 0 : usable.getLast()) >= config.events();
        }
        return usable.isEmpty() || offset - usable.getLast() >= Math.min(config.events(), Math.max(1, half()));
    }

    private void make(long offset, Path features, IntFunction<@Nullable UserId> owners) throws IOException {
        long began = System.nanoTime();
        Path target = directory.file(offset);
        WholeSnapshot.write(features, target, tables, owners, () -> isAbandoned);
        log.info(
                "whole snapshot of offset {} made: {} bytes in {} ms",
                offset,
                Files.size(target),
                (System.nanoTime() - began) / 1_000_000);
    }

    private void prune() throws IOException {
        List<Long> all = offsets();
        List<Long> kept = switch (need()) {
            case NONE -> List.of();
            case FAST_START -> all.subList(Math.max(0, all.size() - 1), all.size());
            case SHORTENED_LOG -> spread(usable(), half());
        };
        for (long offset : all) {
            if (!kept.contains(offset)) {
                Files.deleteIfExists(directory.file(offset));
            }
        }
    }

    /** The first, the newest, and as few as leave no gap above that size which was not there. */
    static List<Long> spread(List<Long> offsets, long gap) {
        List<Long> kept = new ArrayList<>();
        for (int i = 0; i < offsets.size(); i++) {
            boolean isAtAnEnd = i == 0 || i == offsets.size() - 1;
            if (isAtAnEnd || offsets.get(i + 1) - kept.getLast() > gap) {
                kept.add(offsets.get(i));
            }
        }
        return kept;
    }

    private long half() {
        return (events.end() - events.begin()) / 2;
    }

    /** Those behind which the log has every event, the oldest first. */
    private List<Long> usable() throws IOException {
        long begin = events.begin();
        return offsets().stream().filter(offset -> offset >= begin).toList();
    }

    private List<Long> offsets() throws IOException {
        return directory.newestFirst().reversed().stream()
                .map(directory::offset)
                .toList();
    }
}
