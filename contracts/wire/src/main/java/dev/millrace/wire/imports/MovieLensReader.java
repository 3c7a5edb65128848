package dev.millrace.wire.imports;

import dev.millrace.model.ActionType;
import dev.millrace.model.Event;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Reads the MovieLens folders in three layouts: interactions.tsv (user, item, ts, level: chronological inside a user, as
 * MovieLens-1M is kept for sequence models), ratings.dat with {@code ::}, and ratings.csv with or without a header.
 *
 * <p>Every rating is a {@link ActionType#RATING} with its value, whatever its height: to have watched is the interest.
 * Stateless.
 */
final class MovieLensReader implements DatasetReader {
    @Override
    public ImportSummary read(Path path, EventSink sink, RejectSink rejects, ProgressSink progress) throws IOException {
        Path folder = Files.isDirectory(path) ? path : path.resolveSibling("");
        Path ratings = ratings(folder);
        Path moviesDat = LineFields.find(folder, "movies.dat");
        Path moviesCsv = moviesDat == null ? LineFields.find(folder, "movies.csv") : null;
        Path users = LineFields.find(folder, "users.dat");
        ImportRun run = new ImportRun(sink, rejects, progress);
        run.expect(moviesDat, moviesCsv, users, ratings);
        if (moviesDat != null) {
            run.read(moviesDat, StandardCharsets.ISO_8859_1, MovieLensCatalog::movieOfDat);
        }
        if (moviesCsv != null) {
            run.read(moviesCsv, StandardCharsets.UTF_8, withOptionalHeader(MovieLensCatalog::movieOfCsv));
        }
        if (users != null) {
            run.read(users, StandardCharsets.UTF_8, MovieLensCatalog::user);
        }
        run.read(ratings, StandardCharsets.UTF_8, ratingsParser(ratings));
        return run.summary();
    }

    private static Path ratings(Path folder) throws NoSuchFileException {
        for (String name : List.of("interactions.tsv", "ratings.dat", "ratings.csv")) {
            Path file = LineFields.find(folder, name);
            if (file != null) {
                return file;
            }
        }
        throw new NoSuchFileException(
                folder.toString(),
                null,
                "no MovieLens layout is here: expected interactions.tsv, ratings.dat or ratings.csv (plain or .gz)");
    }

    private static ImportRun.HeaderReader ratingsParser(Path file) {
        String name = file.getFileName().toString();
        if (name.startsWith("interactions.tsv")) {
            return MovieLensReader::interactions;
        }
        if (name.startsWith("ratings.dat")) {
            return first -> new ImportRun.Opened(
                    (line, into) -> into.add(rating(line, LineFields.split(line.text(), "::", 4))), false);
        }
        return withOptionalHeader((line, into) -> into.add(rating(line, LineFields.csv(line.text(), 4))));
    }

    /** The columns are found by their names; which others there are does not matter. */
    private static ImportRun.Opened interactions(String header) {
        List<String> names = List.of(header.split("\t", -1));
        int user = names.indexOf("user");
        int item = names.indexOf("item");
        int time = names.indexOf("ts");
        int level = names.indexOf("level");
        if (Math.min(Math.min(user, item), Math.min(time, level)) < 0) {
            throw new UnreadableLayoutException(
                    "interactions.tsv begins with '" + header + "'; expected a header with user, item, ts and level");
        }
        ImportRun.LineParser parser = (line, into) -> {
            List<String> fields = LineFields.split(line.text(), "\t", names.size());
            into.add(rating(line, List.of(fields.get(user), fields.get(item), fields.get(level), fields.get(time))));
        };
        return new ImportRun.Opened(parser, true);
    }

    /** LineFields in the order of ratings.dat: user, item, rating, seconds. */
    private static Event rating(SourceLine line, List<String> fields) {
        Instant time = LineFields.seconds("timestamp", fields.get(3));
        return new Event.Action(
                line.id(0),
                time,
                new UserId(fields.get(0)),
                new ItemId(fields.get(1)),
                ActionType.RATING,
                LineFields.decimal("rating", fields.get(2)),
                null);
    }

    /** The first line is a header unless it begins with a number. */
    private static ImportRun.HeaderReader withOptionalHeader(ImportRun.LineParser parser) {
        return first -> new ImportRun.Opened(parser, !LineFields.isWholeNumber(first.split(",", 2)[0].strip()));
    }
}
