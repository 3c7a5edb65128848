package dev.millrace.wire.imports;

import dev.millrace.model.AttributeValue;
import dev.millrace.model.Event;
import dev.millrace.model.Item;
import dev.millrace.model.ItemId;
import dev.millrace.model.User;
import dev.millrace.model.UserId;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The films and people of MovieLens as items and users. */
final class MovieLensCatalog {
    private static final Pattern YEAR = Pattern.compile("\\((\\d{4})\\)\\s*$");
    private static final String NO_GENRES = "(no genres listed)";

    private MovieLensCatalog() {}

    static void movieOfDat(SourceLine line, List<Event> into) {
        into.add(movie(line, LineFields.split(line.text(), "::", 3)));
    }

    static void movieOfCsv(SourceLine line, List<Event> into) {
        into.add(movie(line, LineFields.csv(line.text(), 3)));
    }

    static void user(SourceLine line, List<Event> into) {
        List<String> fields = LineFields.split(line.text(), "::", 5);
        Map<String, AttributeValue> attributes = Map.of(
                "gender", new AttributeValue.Text(fields.get(1)),
                "age", new AttributeValue.Numeric(LineFields.decimal("age", fields.get(2))),
                "occupation", new AttributeValue.Text(fields.get(3)),
                "zip", new AttributeValue.Text(fields.get(4)));
        // The files say nothing of when a user came.
        into.add(new Event.UserUpserted(line.id(0), Instant.EPOCH, new User(new UserId(fields.get(0)), attributes)));
    }

    /** LineFields: item, title with the year in brackets, genres with bars between them. */
    private static Event movie(SourceLine line, List<String> fields) {
        String title = fields.get(1).strip();
        String genres = fields.get(2).strip();
        List<String> topics = genres.isEmpty() || genres.equals(NO_GENRES) ? List.of() : List.of(genres.split("\\|"));
        Matcher year = YEAR.matcher(title);
        boolean dated = year.find();
        Map<String, AttributeValue> attributes =
                dated ? Map.of("year", new AttributeValue.Numeric(Integer.parseInt(year.group(1)))) : Map.of();
        Instant created = dated
                ? LocalDate.of(Integer.parseInt(year.group(1)), 1, 1)
                        .atStartOfDay(ZoneOffset.UTC)
                        .toInstant()
                : Instant.EPOCH;
        Item item = new Item(new ItemId(fields.get(0)), title, topics, attributes, created, true);
        return new Event.ItemUpserted(line.id(0), created, item);
    }
}
