package dev.millrace.cli.doctor;

import java.util.List;

/** The JDK that runs, and the parts of it that the fast paths need. Immutable. */
final class JavaProbe {
    private static final int REQUIRED = 25;

    List<Finding> examine() {
        return List.of(version(), vectorModule());
    }

    private static Finding version() {
        String value =
                Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home");
        if (Runtime.version().feature() < REQUIRED) {
            return Finding.missing("JDK", value, "Millrace needs JDK " + REQUIRED + " or newer.");
        }
        return Finding.good("JDK", value, "New enough (" + REQUIRED + " or newer).");
    }

    private static Finding vectorModule() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return present
                ? Finding.good("Vector API", "module present", "Vector search and dot products use SIMD instructions.")
                : Finding.limited(
                        "Vector API",
                        "module absent",
                        "Plain loops are used, two to eight times slower: start with --add-modules jdk.incubator.vector.");
    }
}
