package dev.millrace.storage;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The snapshots of one kind in a directory, named by their log offset. Owned by one thread. */
public final class SnapshotDirectory {
    static final String TEMPORARY_SUFFIX = ".writing";

    private static final String SUFFIX = ".snapshot";

    /** Of any kind; with at most as many digits as fit. */
    private static final Pattern NAME = Pattern.compile("[a-z]+-0*(\\d{1,18})\\.snapshot");

    private final Path directory;
    private final String kind;

    public SnapshotDirectory(Path directory, String kind) {
        this.directory = directory;
        this.kind = kind;
    }

    /**
     * How far the finished snapshots in a directory reach, of whatever kind they are: what happened up to this log offset was on disk in
     * the log when they were made. 0 where there are none.
     */
    public static long reach(Path directory) {
        if (!Files.isDirectory(directory)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> NAME.matcher(String.valueOf(file.getFileName())))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.STORAGE_FAILED, "the snapshots in " + directory + " cannot be listed: " + e, e);
        }
    }

    /** The file for a snapshot up to this offset. */
    public Path file(long logOffset) {
        return directory.resolve("%s-%020d%s".formatted(kind, logOffset, SUFFIX));
    }

    /** Every finished snapshot, the one with the highest log offset first. */
    public List<Path> newestFirst() throws IOException {
        List<Path> found = ending(SUFFIX);
        // Offsets are written with leading zeros, so that the order of names is their order.
        found.sort(Comparator.comparing(Path::toString).reversed());
        return found;
    }

    /** The log offset of the oldest finished snapshot; empty where there is none. */
    public OptionalLong oldestOffset() throws IOException {
        List<Path> all = newestFirst();
        return all.isEmpty() ? OptionalLong.empty() : OptionalLong.of(offset(all.getLast()));
    }

    /** The log offset that the name of one of these snapshots says. */
    public long offset(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name, kind.length() + 1, name.length() - SUFFIX.length(), 10);
    }

    /** Deletes all but the newest {@code keep} snapshots, and what broken-off writers left. */
    public void prune(int keep) throws IOException {
        List<Path> all = newestFirst();
        for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
            Files.deleteIfExists(old);
        }
        removeLeftovers();
    }

    /** Deletes what broken-off writers left; nobody may be writing one of this kind. */
    public void removeLeftovers() throws IOException {
        for (Path left : ending(SUFFIX + TEMPORARY_SUFFIX)) {
            Files.deleteIfExists(left);
        }
    }

    private List<Path> ending(String suffix) throws IOException {
        if (!Files.isDirectory(directory)) {
            return new ArrayList<>();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return new ArrayList<>(files.filter(file -> isOurs(file, suffix)).toList());
        }
    }

    private boolean isOurs(Path file, String suffix) {
        String name = String.valueOf(file.getFileName());
        int start = kind.length() + 1;
        int end = name.length() - suffix.length();
        return name.startsWith(kind + "-")
                && name.endsWith(suffix)
                && end > start
                && name.substring(start, end).chars().allMatch(Character::isDigit);
    }
}
