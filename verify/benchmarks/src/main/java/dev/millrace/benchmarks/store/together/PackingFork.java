package dev.millrace.benchmarks.store.together;

import java.io.IOException;
import java.nio.file.Path;

/** The process that replays requests before and after packing: prints a line for each trace and size of memory. */
public final class PackingFork {
    private PackingFork() {}

    /** @param arguments how many rows of planted topics, the folder of traces, that of KuaiRand-Pure, and an empty one for the stores */
    public static void main(String[] arguments) throws IOException {
        PackingReplay.run(
                Integer.parseInt(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                Path.of(arguments[3]),
                gain -> System.out.println(gain.line()));
    }
}
