package dev.millrace.index;

import java.io.IOException;

/** The checks of what was saved before. */
final class Formats {
    private Formats() {}

    static void require(String what, int found, int expected) throws IOException {
        if (found != expected) {
            throw new IOException("the saved " + what + " has format " + found + "; this version reads " + expected
                    + ": delete the snapshot, and the event log is replayed");
        }
    }

    static void requireSame(String what, long found, long expected) throws IOException {
        if (found != expected) {
            throw new IOException("the saved state has " + what + " " + found + " and the configuration " + expected
                    + ": restore the old value to use it again");
        }
    }

    static int ordinal(String what, int found) throws IOException {
        return within(what + " item", found, 0, 1 << 28);
    }

    static int within(String what, int found, int min, int max) throws IOException {
        if (found < min || found > max) {
            throw new IOException("the saved " + what + " is " + found + "; expected " + min + " to " + max);
        }
        return found;
    }
}
