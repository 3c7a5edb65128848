package dev.millrace.benchmarks.store.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** Replays each trace of a folder through each policy at several sizes. Stateless. */
public final class TraceReplay {
    private static final int[] PER_CENT = {1, 10, 30};

    private TraceReplay() {}

    /** @param perCent of the trace's keys that the cache holds */
    public record HitRatio(String trace, int perCent, String policy, double ratio) {
        private static final String WORD = "hit ratio";

        String line() {
            return WORD + "\t" + trace + "\t" + perCent + "\t" + policy + "\t" + ratio;
        }

        /** Reads such lines and passes over all others. */
        public static List<HitRatio> parse(List<String> lines) {
            return lines.stream()
                    .map(line -> line.split("\t"))
                    .filter(fields -> fields[0].equals(WORD))
                    .map(fields -> new HitRatio(
                            fields[1], Integer.parseInt(fields[2]), fields[3], Double.parseDouble(fields[4])))
                    .toList();
        }
    }

    public static List<HitRatio> run(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(AccessTrace::isTrace).sorted().toList();
        }
        List<HitRatio> ratios = new ArrayList<>();
        for (Path file : files) {
            AccessTrace trace = AccessTrace.read(file);
            for (int perCent : PER_CENT) {
                int capacity = Math.max(1, (int) ((long) trace.keys() * perCent / 100));
                for (EvictionPolicy.Opener opener : ServiceLoader.load(EvictionPolicy.Opener.class)) {
                    EvictionPolicy policy = opener.open(capacity, trace.keys());
                    ratios.add(new HitRatio(trace.name(), perCent, opener.name(), hitRatio(trace, policy)));
                }
            }
        }
        return ratios;
    }

    /** How many points of a hundred our policy is behind the best one, where it is most; NaN without any ratio. */
    public static double pointsBehindTheBest(List<HitRatio> ratios) {
        double most = Double.NaN;
        for (HitRatio ours : ratios) {
            if (!ours.policy().equals(MillracePolicy.NAME)) {
                continue;
            }
            for (HitRatio other : ratios) {
                if (other.trace().equals(ours.trace()) && other.perCent() == ours.perCent()) {
                    double behind = 100 * (other.ratio() - ours.ratio());
                    most = Double.isNaN(most) ? behind : Math.max(most, behind);
                }
            }
        }
        return most;
    }

    static double hitRatio(AccessTrace trace, EvictionPolicy policy) {
        long hits = 0;
        for (int key : trace.accesses()) {
            hits += policy.access(key) ? 1 : 0;
        }
        return (double) hits / trace.accesses().length;
    }
}
