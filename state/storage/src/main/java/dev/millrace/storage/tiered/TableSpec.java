package dev.millrace.storage.tiered;

import dev.millrace.storage.memory.RowSlab;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What a table is.
 *
 * @param name lower-case letters, digits, {@code -}, {@code .} and {@code @}, which set versions apart
 * @param rowBytes the size of every row; with {@link Precision#INT8}, four for each dimension
 * @param maxRows the limit beyond which a row under another key is refused
 * @param dramBytes what rows in memory may take with all that belongs to them, but the index
 * @param ttl how long a row lives after it was written; zero for ever
 */
public record TableSpec(
        String name,
        int rowBytes,
        long maxRows,
        Placement placement,
        Precision precision,
        long dramBytes,
        Duration ttl) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9.@-]{0,62}");
    private static final long MOST_ROWS = 1L << 36;
    private static final double MOST_BYTES = 1e17;

    public TableSpec {
        requireName(name);
        if (rowBytes < 1 || maxRows < 1 || maxRows > MOST_ROWS) {
            throw new IllegalArgumentException("table " + name + ": rowBytes " + rowBytes
                    + " must be at least 1, and maxRows " + maxRows + " 1 to " + MOST_ROWS);
        }
        if (precision == Precision.INT8 && rowBytes % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    "table " + name + ": rows of floats have a multiple of 4 bytes, not " + rowBytes);
        }
        if (dramBytes < 1 || ttl.isNegative() || ttl.toSeconds() > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException("table " + name + ": dramBytes " + dramBytes
                    + " must be at least 1, ttl " + ttl + " zero or up to 34 years");
        }
    }

    static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("table name \"" + name + "\" must match " + NAME);
        }
    }

    /** What rows in memory may take at most, with all that belongs to them, in bytes. */
    long mostBytes() {
        double all = (double) maxRows * (double) RowSlab.slotBytes(residentBytes(), parts());
        return Math.min(dramBytes, (long) Math.min(all, MOST_BYTES));
    }

    RowSlab.Parts parts() {
        return new RowSlab.Parts(precision == Precision.INT8, !ttl.isZero());
    }

    /** A table of exact rows, all of which are in memory. */
    public static TableSpec pinned(String name, int rowBytes, long maxRows) {
        return new TableSpec(name, rowBytes, maxRows, Placement.PINNED, Precision.EXACT, Long.MAX_VALUE, Duration.ZERO);
    }

    /** A table of exact rows, those asked for most in memory. */
    public static TableSpec tiered(String name, int rowBytes, long maxRows, long dramBytes) {
        return new TableSpec(name, rowBytes, maxRows, Placement.TIERED, Precision.EXACT, dramBytes, Duration.ZERO);
    }

    public TableSpec withPrecision(Precision other) {
        return new TableSpec(name, rowBytes, maxRows, placement, other, dramBytes, ttl);
    }

    public TableSpec withTtl(Duration other) {
        return new TableSpec(name, rowBytes, maxRows, placement, precision, dramBytes, other);
    }

    public TableSpec withPlacement(Placement other) {
        return new TableSpec(name, rowBytes, maxRows, other, precision, dramBytes, ttl);
    }

    /** How many floats a row has. */
    public int dimensions() {
        return rowBytes / Float.BYTES;
    }

    /** What a row takes in memory. */
    int residentBytes() {
        return precision == Precision.INT8 ? dimensions() : rowBytes;
    }

    /** As text, for the store's files. */
    String encode() {
        return String.join(
                " ",
                name,
                String.valueOf(rowBytes),
                String.valueOf(maxRows),
                placement.name(),
                precision.name(),
                String.valueOf(dramBytes),
                ttl.toString());
    }

    /** @throws IllegalArgumentException where the text is not what {@link #encode} gives */
    static TableSpec decode(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 7) {
            throw new IllegalArgumentException("\"" + text + "\" describes no table");
        }
        return new TableSpec(
                parts[0],
                Integer.parseInt(parts[1]),
                Long.parseLong(parts[2]),
                Placement.valueOf(parts[3]),
                Precision.valueOf(parts[4]),
                Long.parseLong(parts[5]),
                Duration.parse(parts[6]));
    }
}
