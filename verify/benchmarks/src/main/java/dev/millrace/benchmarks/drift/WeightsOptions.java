package dev.millrace.benchmarks.drift;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which ways to serve are compared, and where. Immutable.
 *
 * @param firstSeed of the worlds
 * @param seeds how many worlds
 * @param requestsPerSecond of all people together
 * @param train when model and ranker are trained, and from when on clicks count
 * @param length of the whole
 * @param ways to serve, beside the standing ones
 * @param cpuBudget the processor time of the model's training
 * @param work a folder that is used, and gone afterwards
 */
public record WeightsOptions(
        long firstSeed,
        int seeds,
        double requestsPerSecond,
        Duration train,
        Duration length,
        List<Way> ways,
        Duration cpuBudget,
        Path work) {
    public WeightsOptions {
        ways = List.copyOf(ways);
        if (seeds < 1 || seeds > 100) {
            throw new IllegalArgumentException("seeds is " + seeds + "; give 1 to 100");
        }
        if (!(requestsPerSecond > 0 && requestsPerSecond <= 10_000)) {
            throw new IllegalArgumentException("requestsPerSecond is " + requestsPerSecond + "; give 0 to 10,000");
        }
        if (train.compareTo(length) >= 0) {
            throw new IllegalArgumentException("the training at " + train + " is to come before the end at " + length);
        }
    }

    /**
     * A way to serve: with a ranker, or with the model alone where it sets one of the weights that hold without a ranker.
     *
     * @param settings keys of the configuration and their values
     */
    public record Way(String name, Map<String, String> settings) {
        private static final String PREFIX = "recommend.";
        private static final String WITHOUT_RANKER = PREFIX + "weights.";

        public Way {
            settings = Map.copyOf(settings);
        }

        boolean isWithRanker() {
            return settings.keySet().stream().noneMatch(key -> key.startsWith(WITHOUT_RANKER));
        }

        /** Reads {@code NAME:KEY=VALUE,KEY=VALUE}, where keys go without their {@code recommend.}. */
        public static Way parse(String text) {
            int colon = text.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("'" + text + "' is no way to serve; give NAME:KEY=VALUE,KEY=VALUE");
            }
            Map<String, String> settings = new TreeMap<>();
            for (String setting : text.substring(colon + 1).split(",", -1)) {
                int equals = setting.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("'" + setting + "' in '" + text + "' is no KEY=VALUE");
                }
                settings.put(
                        PREFIX + setting.substring(0, equals).strip(),
                        setting.substring(equals + 1).strip());
            }
            return new Way(text.substring(0, colon).strip(), settings);
        }
    }
}
