package dev.millrace.benchmarks.store.together;

import java.util.List;

/**
 * What packing by what is asked for together brought on one trace.
 *
 * @param perCent of the rows' bytes that the store has memory for
 * @param packSeconds for the order of the keys and writing the store anew
 */
public record PackingGain(String trace, int perCent, int rows, Measured before, Measured after, double packSeconds) {
    private static final String WORD = "packing";

    /**
     * Means over requests.
     *
     * @param misses rows that were not in memory
     * @param pages of 4 KB that were read for them
     * @param reads that these were read with
     */
    public record Measured(double keys, double misses, double pages, double reads, double keysPerSecond) {
        private String fields() {
            return keys + "\t" + misses + "\t" + pages + "\t" + reads + "\t" + keysPerSecond;
        }

        private static Measured of(String[] fields, int at) {
            return new Measured(
                    Double.parseDouble(fields[at]),
                    Double.parseDouble(fields[at + 1]),
                    Double.parseDouble(fields[at + 2]),
                    Double.parseDouble(fields[at + 3]),
                    Double.parseDouble(fields[at + 4]));
        }
    }

    /** How many times fewer pages are read for a row that is not in memory: which rows are follows from how they lie, too. */
    public double fewerPages() {
        return before.pages() / before.misses() / (after.pages() / after.misses());
    }

    /** How many times fewer reads are made for a row that is not in memory. */
    public double fewerReads() {
        return before.reads() / before.misses() / (after.reads() / after.misses());
    }

    String line() {
        return String.join(
                "\t",
                WORD,
                trace,
                Integer.toString(perCent),
                Integer.toString(rows),
                before.fields(),
                after.fields(),
                Double.toString(packSeconds));
    }

    /** Reads such lines and passes over all others. */
    public static List<PackingGain> parse(List<String> lines) {
        return lines.stream()
                .map(line -> line.split("\t"))
                .filter(fields -> fields[0].equals(WORD))
                .map(fields -> new PackingGain(
                        fields[1],
                        Integer.parseInt(fields[2]),
                        Integer.parseInt(fields[3]),
                        Measured.of(fields, 4),
                        Measured.of(fields, 9),
                        Double.parseDouble(fields[14])))
                .toList();
    }
}
