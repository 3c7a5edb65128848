package dev.millrace.wire.imports;

import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** The columns of a file whose header names them; names are compared without case and underscores. Immutable. */
final class Columns {
    private final List<String> names;
    private final List<String> folded;
    private final char separator;

    Columns(List<String> names) {
        this(names, ',');
    }

    /** @param separator what stands between the columns of every line */
    Columns(List<String> names, char separator) {
        this.separator = separator;
        this.names = List.copyOf(names);
        this.folded = names.stream().map(Columns::fold).toList();
    }

    /** The position of the first of these names that the header has, or −1. */
    int find(String... aliases) {
        for (String alias : aliases) {
            int at = folded.indexOf(fold(alias));
            if (at >= 0) {
                return at;
            }
        }
        return -1;
    }

    /** @throws UnreadableLayoutException when the header has none of the names */
    int require(String file, String... aliases) {
        int at = find(aliases);
        if (at < 0) {
            throw new UnreadableLayoutException("%s has no column '%s'; its header names %s"
                    .formatted(file, String.join("' or '", aliases), names));
        }
        return at;
    }

    /** The values of a line, as many as there are names. */
    List<String> split(String line) {
        return LineFields.csv(line, separator, names.size());
    }

    int count() {
        return names.size();
    }

    String name(int column) {
        return names.get(column);
    }

    /** The value, or null where the column is absent or the value empty. */
    static @Nullable String value(List<String> fields, int column) {
        if (column < 0) {
            return null;
        }
        String value = fields.get(column).strip();
        return value.isEmpty() ? null : value;
    }

    static String required(List<String> fields, int column, String field) {
        String value = value(fields, column);
        if (value == null) {
            throw new InvalidValueException(field, "is empty; give a value");
        }
        return value;
    }

    private static String fold(String name) {
        return name.strip().replace("_", "").toLowerCase(Locale.ROOT);
    }
}
