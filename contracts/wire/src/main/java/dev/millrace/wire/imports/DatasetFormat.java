package dev.millrace.wire.imports;

import dev.millrace.model.InvalidValueException;

import java.util.Locale;

/** The layouts of data sets that Millrace imports. */
public enum DatasetFormat {
    /** MovieLens: the folders of 1M (classic or with interactions.tsv), 100k-latest and alike. */
    MOVIELENS,
    /** KuaiRand: impressions with feedback, user histories, users and videos. */
    KUAIRAND,
    /** Comma-separated events with a header that names the columns. */
    CSV,
    /** One JSON object per line: an event, an item or a user. */
    JSONL;

    public String formatName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public DatasetReader reader() {
        return switch (this) {
            case MOVIELENS -> new MovieLensReader();
            case KUAIRAND -> new KuaiRandReader();
            case CSV -> new CsvReader();
            case JSONL -> new JsonLinesReader();
        };
    }

    /** @throws InvalidValueException when no format has this name */
    public static DatasetFormat ofName(String name) {
        for (DatasetFormat format : values()) {
            if (format.formatName().equals(name.toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new InvalidValueException("format", "'" + name + "' is unknown; give movielens, kuairand, csv or jsonl");
    }
}
