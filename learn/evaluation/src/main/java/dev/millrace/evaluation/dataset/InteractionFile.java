package dev.millrace.evaluation.dataset;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.ItemId;
import dev.millrace.model.MillraceException;
import dev.millrace.samples.SequenceDataset;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Any text file with one action per line that names a user, an item and a time; further columns are not read.
 *
 * <p>The header names the columns, in any case, with or without spaces, hyphens, underscores, a byte order mark and a RecBole type
 * ({@code user_id:token}); a time is a number, a date, or a moment, which is in UTC where it names no zone; separators are commas, tabs or semicolons. A user's actions are put into the order of time; those of the same time keep
 * the order of the file.
 */
public final class InteractionFile {
    private static final Set<String> USER =
            Set.of("user", "userid", "uid", "session", "sessionid", "visitor", "visitorid", "customer", "customerid");
    private static final Set<String> ITEM = Set.of(
            "item",
            "itemid",
            "iid",
            "movie",
            "movieid",
            "video",
            "videoid",
            "product",
            "productid",
            "article",
            "articleid",
            "track",
            "trackid",
            "sku");
    private static final Set<String> TIME = Set.of("timestamp", "time", "ts", "timems", "date", "datetime");
    private static final List<String> ENDINGS = List.of(".csv", ".tsv", ".inter", ".txt");

    private final Path file;
    private final char separator;
    private final int user;
    private final int item;
    private final int time;

    private InteractionFile(Path file, String header) {
        this.file = file;
        this.separator = separator(header);
        List<String> names = split(header).stream().map(InteractionFile::fold).toList();
        this.user = column(names, USER);
        this.item = column(names, ITEM);
        this.time = column(names, TIME);
    }

    /** An action as it was read. */
    private record Action(int user, int item, long time) {}

    /**
     * @param data the file, plain or gzip, or a folder that holds one such file
     * @throws MillraceException (NOT_FOUND) when there is no such file, or more than one
     */
    public static TimedSequences read(Path data) throws IOException {
        List<InteractionFile> found = new ArrayList<>();
        for (Path candidate : candidates(data)) {
            try (BufferedReader lines = TextFile.open(candidate)) {
                InteractionFile file = new InteractionFile(candidate, String.valueOf(lines.readLine()));
                if (file.user >= 0 && file.item >= 0 && file.time >= 0) {
                    found.add(file);
                }
            }
        }
        if (found.size() != 1) {
            throw new MillraceException(
                    ErrorCode.NOT_FOUND,
                    "'" + data + "' holds " + (found.isEmpty() ? "no" : "more than one")
                            + " file whose header names a user, an item and a timestamp"
                            + (found.isEmpty()
                                    ? "; give such a CSV file, such as one that begins with user,item,timestamp. A user's"
                                            + " column is called one of " + new TreeSet<>(USER) + ", an item's "
                                            + new TreeSet<>(ITEM) + ", a time's " + new TreeSet<>(TIME)
                                    : ": "
                                            + found.stream()
                                                    .map(file -> file.file
                                                            .getFileName()
                                                            .toString())
                                                    .toList() + "; give one of them"));
        }
        return found.getFirst().read();
    }

    private static List<Path> candidates(Path data) throws IOException {
        if (!Files.isDirectory(data)) {
            return Files.isRegularFile(data) ? List.of(data) : List.of();
        }
        try (Stream<Path> files = Files.list(data)) {
            return files.filter(Files::isRegularFile)
                    .filter(path -> {
                        String name = path.getFileName().toString().replaceAll("\\.gz$", "");
                        return ENDINGS.stream().anyMatch(name::endsWith);
                    })
                    .sorted()
                    .toList();
        }
    }

    private TimedSequences read() throws IOException {
        Numbering users = new Numbering();
        Numbering items = new Numbering();
        List<Action> actions = new ArrayList<>();
        try (BufferedReader lines = TextFile.open(file)) {
            lines.readLine();
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    actions.add(action(line, number, users, items));
                }
            }
        }
        if (actions.isEmpty()) {
            throw unreadable("has no line below its header; give a file with actions");
        }
        // The sort is stable, so that actions of one moment stay in the order of the file.
        actions.sort(Comparator.comparingLong(Action::time));
        return sequences(actions, users.size(), items.names());
    }

    private Action action(String line, int number, Numbering users, Numbering items) {
        List<String> fields = split(line);
        if (fields.size() <= Math.max(user, Math.max(item, time))) {
            throw unreadable(
                    "line " + number + " has " + fields.size() + " columns; expected as many as the header names");
        }
        return new Action(
                users.number(fields.get(user)), items.number(fields.get(item)), time(fields.get(time), number));
    }

    private long time(String text, int number) {
        try {
            return text.indexOf('-') > 0 || text.indexOf(':') > 0 ? moment(text) : (long) Double.parseDouble(text);
        } catch (NumberFormatException | DateTimeParseException e) {
            throw unreadable("line " + number + ": '" + text
                    + "' is not a time; give seconds or milliseconds since 1970, or ISO-8601 such as"
                    + " 2026-01-31 12:00:00");
        }
    }

    /** A measurement on part of a file would not be one on the file: it is refused as a whole. */
    private MillraceException unreadable(String problem) {
        return new MillraceException(ErrorCode.INVALID_REQUEST, file.getFileName() + " " + problem);
    }

    private static long moment(String text) {
        String iso = text.replace(' ', 'T');
        if (iso.indexOf('T') < 0) {
            return LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        }
        TemporalAccessor moment =
                DateTimeFormatter.ISO_DATE_TIME.parseBest(iso, OffsetDateTime::from, LocalDateTime::from);
        return (moment instanceof LocalDateTime local ? local.toInstant(ZoneOffset.UTC) : Instant.from(moment))
                .toEpochMilli();
    }

    private static TimedSequences sequences(List<Action> actions, int users, List<String> items) {
        int[] counts = new int[users];
        for (Action action : actions) {
            counts[action.user()]++;
        }
        int[][] sequences = new int[users][];
        long[][] times = new long[users][];
        for (int user = 0; user < users; user++) {
            sequences[user] = new int[counts[user]];
            times[user] = new long[counts[user]];
            counts[user] = 0;
        }
        for (Action action : actions) {
            int at = counts[action.user()]++;
            sequences[action.user()][at] = action.item();
            times[action.user()][at] = action.time();
        }
        List<ItemId> vocabulary = items.stream().map(ItemId::new).toList();
        return new TimedSequences(new SequenceDataset(vocabulary, sequences), times);
    }

    private static char separator(String header) {
        return header.indexOf('\t') >= 0 ? '\t' : header.indexOf(',') < 0 && header.indexOf(';') >= 0 ? ';' : ',';
    }

    /** A value in double quotes may hold the separator. */
    private List<String> split(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                fields.add(field.toString().strip());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString().strip());
        return fields;
    }

    private static String fold(String name) {
        int type = name.indexOf(':');
        return (type < 0 ? name : name.substring(0, type))
                .replaceAll("[^\\p{L}\\p{N}]", "")
                .toLowerCase(Locale.ROOT);
    }

    private static int column(List<String> names, Set<String> aliases) {
        for (int i = 0; i < names.size(); i++) {
            if (aliases.contains(names.get(i))) {
                return i;
            }
        }
        return -1;
    }
}
