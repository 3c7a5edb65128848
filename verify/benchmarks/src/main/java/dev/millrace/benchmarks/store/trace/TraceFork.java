package dev.millrace.benchmarks.store.trace;

import java.io.IOException;
import java.nio.file.Path;

/** The process that replays traces, which has the policies of libraries: prints a line for each hit ratio. */
public final class TraceFork {
    private TraceFork() {}

    /** @param arguments the folder of traces */
    public static void main(String[] arguments) throws IOException {
        for (TraceReplay.HitRatio ratio : TraceReplay.run(Path.of(arguments[0]))) {
            System.out.println(ratio.line());
        }
    }
}
