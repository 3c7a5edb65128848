package dev.millrace.storage.tiered;

import dev.millrace.model.ErrorCode;
import dev.millrace.model.MillraceException;
import dev.millrace.storage.memory.RowSlab;
import dev.millrace.storage.memory.ValueSlab;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What a table is.
 *
 * @param name lower-case letters, digits, {@code -}, {@code .} and {@code @}, which set versions apart
 * @param size of every row or value; but with {@link Precision#EXACT}, four bytes for each dimension
 * @param maxRows the limit beyond which a row under another key is refused
 * @param dramBytes what rows in memory may take with all that belongs to them, but the index
 * @param ttl how long a row lives after it was written; zero for ever
 * @param personal whether rows are encrypted outside of memory, each with the key of the person whose it is
 */
public record TableSpec(
        String name,
        ValueSize size,
        long maxRows,
        Placement placement,
        Precision precision,
        long dramBytes,
        Duration ttl,
        boolean personal) {
    private static final String PERSONAL = " personal";
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9.@-]{0,62}");
    private static final long MOST_ROWS = 1L << 36;
    private static final double MOST_BYTES = 1e17;

    public TableSpec {
        requireName(name);
        if (maxRows < 1 || maxRows > MOST_ROWS) {
            throw new IllegalArgumentException("table " + name + ": maxRows " + maxRows + " must be 1 to " + MOST_ROWS);
        }
        if (precision != Precision.EXACT && (size.isVariable() || size.bytes() % Float.BYTES != 0)) {
            throw new IllegalArgumentException(
                    "table " + name + ": rows of floats all have the same multiple of 4 bytes, not " + size);
        }
        if (!placement.isDurable() && (personal || !ttl.isZero() || precision != Precision.EXACT)) {
            throw new IllegalArgumentException(
                    "table " + name + " is volatile: its rows are not personal, have no time to"
                            + " live and are kept exactly, since they are nowhere as they were written but in memory");
        }
        if (dramBytes < 1 || ttl.isNegative() || ttl.toSeconds() > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException("table " + name + ": dramBytes " + dramBytes
                    + " must be at least 1, ttl " + ttl + " zero or up to 34 years");
        }
    }

    /** A table of rows of one size. */
    public TableSpec(
            String name,
            int rowBytes,
            long maxRows,
            Placement placement,
            Precision precision,
            long dramBytes,
            Duration ttl) {
        this(name, ValueSize.of(rowBytes), maxRows, placement, precision, dramBytes, ttl, false);
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where a start would find the alias and not the table */
    void requireDurable(String alias) {
        if (!placement.isDurable()) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + name + " is volatile: a start would find the name " + alias
                            + " and not the table; whoever made it keeps hold of it");
        }
    }

    /** @throws MillraceException {@code INVALID_REQUEST} where rows are of variable size and should not be, or the other way round */
    void requireSize(boolean variable) {
        if (isVariable() != variable) {
            throw new MillraceException(
                    ErrorCode.INVALID_REQUEST,
                    "table " + name + " has "
                            + (variable
                                    ? "rows of one size: it is one of those of table() and create()"
                                    : "values of variable size: it is one of those of values() and createValues()"));
        }
    }

    static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("table name \"" + name + "\" must match " + NAME);
        }
    }

    /** How many rows have room at most: of a table of rows of one size that keeps all in memory, what its budget holds. */
    public long capacity() {
        return placement.keepsAll() && !isVariable() ? RowRoom.slots(this) - RowRoom.SPARE : maxRows;
    }

    /** What rows in memory may take at most, with all that belongs to them, in bytes. */
    long mostBytes() {
        double all = isVariable()
                ? ValueSlab.enoughBytes(residentBytes(), maxRows)
                : RowRoom.bytesFor(this, maxRows + RowRoom.SPARE);
        return Math.min(dramBytes, (long) Math.min(all, MOST_BYTES));
    }

    boolean isVariable() {
        return size.isVariable();
    }

    RowSlab.Parts parts() {
        return new RowSlab.Parts(precision == Precision.INT8, !ttl.isZero());
    }

    /** A table of exact rows, all of which are in memory. */
    public static TableSpec pinned(String name, int rowBytes, long maxRows) {
        return new TableSpec(name, rowBytes, maxRows, Placement.PINNED, Precision.EXACT, Long.MAX_VALUE, Duration.ZERO);
    }

    /** A table of exact rows that are in memory alone, as many as a budget holds. */
    public static TableSpec inMemory(String name, int rowBytes, long maxRows, long dramBytes) {
        return new TableSpec(name, rowBytes, maxRows, Placement.VOLATILE, Precision.EXACT, dramBytes, Duration.ZERO);
    }

    /** A table of exact rows, those asked for most in memory. */
    public static TableSpec tiered(String name, int rowBytes, long maxRows, long dramBytes) {
        return new TableSpec(name, rowBytes, maxRows, Placement.TIERED, Precision.EXACT, dramBytes, Duration.ZERO);
    }

    /** A table of values of 0 to a limit of bytes, those asked for most in memory. */
    public static TableSpec values(String name, int maxValueBytes, long maxRows, long dramBytes) {
        return new TableSpec(
                name,
                ValueSize.upTo(maxValueBytes),
                maxRows,
                Placement.TIERED,
                Precision.EXACT,
                dramBytes,
                Duration.ZERO,
                false);
    }

    public TableSpec withPrecision(Precision other) {
        return new TableSpec(name, size, maxRows, placement, other, dramBytes, ttl, personal);
    }

    public TableSpec withTtl(Duration other) {
        return new TableSpec(name, size, maxRows, placement, precision, dramBytes, other, personal);
    }

    public TableSpec withPlacement(Placement other) {
        return new TableSpec(name, size, maxRows, other, precision, dramBytes, ttl, personal);
    }

    /** The same, with rows that are encrypted outside of memory; {@link StoreConfig#withKeys} gives the store their keys. */
    public TableSpec asPersonal() {
        return new TableSpec(name, size, maxRows, placement, precision, dramBytes, ttl, true);
    }

    /** The size of every row; of values, the limit. */
    public int rowBytes() {
        return size.bytes();
    }

    /** How many floats a row has. */
    public int dimensions() {
        return rowBytes() / Float.BYTES;
    }

    /** What a row takes in memory, of values the longest; behind a personal one stands whose it is. */
    int residentBytes() {
        return personal ? PersonalRows.withOwner(keptBytes()) : keptBytes();
    }

    /** What the bytes of a row itself take in memory, of values the longest. */
    int keptBytes() {
        return switch (precision) {
            case EXACT -> rowBytes();
            case FLOAT16 -> Short.BYTES * dimensions();
            case INT8 -> dimensions();
        };
    }

    /** What a row takes in a record of a segment, of values the longest. */
    int storedBytes() {
        return personal ? rowBytes() + PersonalRows.OVERHEAD_BYTES : rowBytes();
    }

    /** As text, for the store's files. */
    String encode() {
        String words = String.join(
                " ",
                name,
                size.encode(),
                String.valueOf(maxRows),
                placement.name(),
                precision.name(),
                String.valueOf(dramBytes),
                ttl.toString());
        return personal ? words + PERSONAL : words;
    }

    /** @throws IllegalArgumentException where the text is not what {@link #encode} gives */
    static TableSpec decode(String text) {
        String[] parts = text.split(" ", -1);
        boolean personal = text.endsWith(PERSONAL);
        if (parts.length != (personal ? 8 : 7)) {
            throw new IllegalArgumentException("\"" + text + "\" describes no table");
        }
        try {
            return new TableSpec(
                    parts[0],
                    ValueSize.decode(parts[1]),
                    Long.parseLong(parts[2]),
                    Placement.valueOf(parts[3]),
                    Precision.valueOf(parts[4]),
                    Long.parseLong(parts[5]),
                    Duration.parse(parts[6]),
                    personal);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("\"" + text + "\" describes no table: " + e.getMessage(), e);
        }
    }
}
