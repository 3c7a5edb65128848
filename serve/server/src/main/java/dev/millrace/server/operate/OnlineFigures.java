package dev.millrace.server.operate;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;

/**
 * What the learner last told of itself. Immutable.
 *
 * @param state {@code LEARNING}, {@code FROZEN} or {@code WAITING}; empty where it told nothing yet
 * @param message why it is so
 */
record OnlineFigures(
        String state,
        String message,
        long sequence,
        long learned,
        long skipped,
        long rollBacks,
        long foretoldLeftOut,
        int items) {
    static final OnlineFigures NONE = new OnlineFigures("", "", 0, 0, 0, 0, 0, 0);
    private static final String FROZEN = "FROZEN";

    /** Reads the file that the learner replaces each second. */
    static OnlineFigures read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            properties.load(in);
        } catch (NoSuchFileException e) {
            return NONE;
        }
        return new OnlineFigures(
                properties.getProperty("state", ""),
                properties.getProperty("message", ""),
                number(properties, "sequence"),
                number(properties, "learned"),
                number(properties, "skipped"),
                number(properties, "roll-backs"),
                number(properties, "foretold-left-out"),
                (int) number(properties, "items"));
    }

    boolean isFrozen() {
        return state.equals(FROZEN);
    }

    private static long number(Properties properties, String name) {
        try {
            return Long.parseLong(properties.getProperty(name, "0"));
        } catch (NumberFormatException e) {
            return 0; // a figure is no reason to fail
        }
    }
}
