package dev.millrace.server.hold;

import dev.millrace.eventlog.EventLog;
import dev.millrace.features.WholeSnapshot;
import dev.millrace.features.WholeSnapshotRequest;
import dev.millrace.features.rows.StoredTables;
import dev.millrace.model.UserId;
import dev.millrace.server.hold.SnapshotConfig.Learning;
import dev.millrace.server.hold.SnapshotConfig.Whole;
import dev.millrace.storage.SnapshotDirectory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The snapshots with the rows in them, by which trainings and the learner begin in the middle of the log. Where it is shortened, they are
 * spread over what it holds, so that one is always near its beginning and one near its end: no two neighbours, nor the log's beginning and
 * the first, are farther apart than about half of the log, and there are five at most. For a learner alone there is the newest; where nobody
 * learns and nobody has asked for one, none. Owned by the thread that writes snapshots, but for what says
 * otherwise.
 */
final class WholeSnapshots {
    private static final Logger log = LoggerFactory.getLogger(WholeSnapshots.class);

    /** Some two and a half days of hourly ones. */
    private static final int MOST_PASSED_OVER = 64;

    private final SnapshotDirectory directory;
    private final Path path;
    private final Volume volume;
    private final EventLog events;
    private final StoredTables tables;
    private final Whole config;
    private final WholeSnapshotRequest request;
    private volatile boolean isAbandoned;
    /** Why one that was due was not made; empty where it was. */
    private volatile String trouble = "";
    /** In a row. */
    private int failures;
    /** So many of the next snapshots make none: an attempt costs a pass over all rows. */
    private int toPassOver;

    /** How many bytes can still be written to files of a directory. */
    @FunctionalInterface
    interface Volume {
        long usableBytes(Path directory) throws IOException;
    }

    /** Who needs them. */
    private enum Need {
        /** Nobody: the log has everything, or nobody learns from it. */
        NONE,
        /** The learner, so that its start reads less: the newest is enough. */
        FAST_START,
        /** Trainings and the learner, which cannot begin with the log's first event any more. */
        SHORTENED_LOG
    }

    WholeSnapshots(Path directory, Volume volume, EventLog events, StoredTables tables, Whole config) {
        this.directory = new SnapshotDirectory(directory, WholeSnapshot.KIND);
        this.path = directory;
        this.volume = volume;
        this.events = events;
        this.tables = tables;
        this.config = config;
        this.request = new WholeSnapshotRequest(directory);
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

    /** Whether somebody learns from a log that has lost its beginning, none can stand for it, and nothing is known to forbid one. By any thread. */
    boolean areMissing() throws IOException {
        return trouble.isEmpty() && need() == Need.SHORTENED_LOG && usable().isEmpty();
    }

    /** Why one that was due was not made; empty where it was. By any thread. */
    String trouble() {
        return trouble;
    }

    /**
     * Makes one of the newest snapshot where it is time to, and removes those that are not needed. A failure is told; then some snapshots
     * make none, more after each failure.
     *
     * @param owners whose an ordinal is now
     */
    void follow(long offset, Path features, IntFunction<@Nullable UserId> owners) {
        try {
            if (need() == Need.NONE || !isDue(offset)) {
                trouble = "";
            } else if (toPassOver > 0) {
                toPassOver--;
            } else if (!isAbandoned) {
                attempt(offset, features, owners);
            }
            prune();
        } catch (IOException | RuntimeException e) {
            // Whatever it is: the snapshot that one was to be made of is on disk.
            log.warn("the whole snapshots could not be looked through; the next snapshot tries again", e);
        }
    }

    private void attempt(long offset, Path features, IntFunction<@Nullable UserId> owners) {
        try {
            String lack = lackOfRoom(features);
            if (lack.isEmpty()) {
                make(offset, features, owners);
                failures = 0;
            } else {
                log.warn("no whole snapshot was made of offset {}: {}. The next snapshot looks again", offset, lack);
            }
            trouble = lack;
        } catch (InterruptedIOException e) {
            log.info("the whole snapshot of offset {} was given up, since the process ends", offset);
        } catch (IOException | RuntimeException e) {
            toPassOver = Math.min(MOST_PASSED_OVER, 1 << Math.min(failures++, Integer.SIZE - 2));
            trouble = e.toString();
            log.warn(
                    "no whole snapshot was made of offset {}, for the {}. time in a row; the next {} snapshots make none",
                    offset,
                    failures,
                    toPassOver,
                    e);
        }
    }

    /** A volume that it would fill is the log's as well, as a rule: so much must be left when it is written. */
    private String lackOfRoom(Path features) throws IOException {
        List<Path> before = directory.newestFirst();
        long bytes = before.isEmpty() ? Files.size(features) + tables.bytesAbout() : Files.size(before.getFirst());
        long usable = volume.usableBytes(path);
        return usable >= 2 * bytes
                ? ""
                : "it takes about " + bytes + " bytes, and the volume of " + path + " has " + usable
                        + " left; twice the size must be, so that the log does not run out of it. Make room, or set"
                        + " snapshot.whole-events=0, with which nothing learns from a log that has lost its beginning";
    }

    private Need need() throws IOException {
        boolean isWanted = config.learning() != Learning.NONE || request.isPlaced(Instant.now());
        if (config.events() == 0 || !isWanted) {
            return Need.NONE;
        }
        if (config.isShortened() || events.begin() > 0) {
            return Need.SHORTENED_LOG;
        }
        return config.learning() == Learning.ONLINE ? Need.FAST_START : Need.NONE;
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
