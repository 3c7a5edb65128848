package dev.millrace.recommend;

import dev.millrace.model.InvalidValueException;
import dev.millrace.recommend.select.Exploration;
import dev.millrace.recommend.select.ValueWeights;
import dev.millrace.runtime.Configuration;

import java.time.Duration;

/**
 * How answers are made; immutable. {@link #from} has each key with its default and bounds.
 *
 * @param limits how many candidates each source may propose
 * @param withRanker the weights of the value while a ranker is live
 * @param withModel the weights of the value while a model is live
 * @param withoutModel the weights before one is
 * @param diversity the λ of the marginal relevance: 1 orders by value alone
 * @param exploration which places are given to chance
 * @param memory what is kept of answers that were given
 */
public record RecommendConfig(
        Limits limits,
        ValueWeights withRanker,
        ValueWeights withModel,
        ValueWeights withoutModel,
        float diversity,
        Exploration exploration,
        Memory memory) {
    /** Candidates that a run has room for: more than all limits together. */
    static final int CAPACITY = 1024;

    private static final float DEFAULT_DIVERSITY = 0.9f;

    public RecommendConfig {
        if (!(diversity > 0 && diversity <= 1)) {
            throw new InvalidValueException("recommend.diversity", "is " + diversity + "; give above 0, at most 1");
        }
    }

    /** The most candidates per source; of the ridge 0 to leave it out. */
    public record Limits(int vector, int topics, int coVisitation, int trending, int newItems, int ridge) {
        private static final int LARGEST_SUM = 800;

        public Limits {
            int sum = vector + topics + coVisitation + trending + newItems + ridge;
            int least = Math.min(Math.min(Math.min(vector, topics), Math.min(coVisitation, trending)), newItems);
            if (least < 1 || ridge < 0 || sum > LARGEST_SUM) {
                throw new InvalidValueException(
                        "recommend.candidates",
                        "sum up to " + sum + " with a least of " + least
                                + "; give at least 1 each, 0 or more of the ridge, at most " + LARGEST_SUM
                                + " together");
            }
        }

        /** 550 candidates, 250 of them by the model. */
        public static Limits defaults() {
            return new Limits(250, 100, 80, 50, 20, 50);
        }
    }

    /**
     * What is kept of answers.
     *
     * @param explained answers that can be explained afterwards, the oldest forgotten first
     * @param pages cursors that can be followed, the oldest forgotten first
     * @param pageLife how long a cursor can be followed
     */
    public record Memory(int explained, int pages, Duration pageLife) {
        private static final int LARGEST = 1_000_000;

        public Memory {
            if (explained < 1 || explained > LARGEST || pages < 1 || pages > LARGEST) {
                throw new InvalidValueException(
                        "recommend.memory", "is " + explained + " and " + pages + "; give 1 to " + LARGEST);
            }
        }

        public static Memory defaults() {
            return new Memory(2_000, 10_000, Duration.ofMinutes(30));
        }
    }

    public static RecommendConfig defaults() {
        return new RecommendConfig(
                Limits.defaults(),
                ValueWeights.withRanker(),
                ValueWeights.withModel(),
                ValueWeights.withoutModel(),
                DEFAULT_DIVERSITY,
                Exploration.defaults(),
                Memory.defaults());
    }

    public static RecommendConfig from(Configuration configuration) {
        return new RecommendConfig(
                limits(configuration),
                ValueWeights.from(configuration, "recommend.weights-with-ranker", ValueWeights.withRanker()),
                ValueWeights.from(configuration, "recommend.weights", ValueWeights.withModel()),
                ValueWeights.from(configuration, "recommend.weights-without-model", ValueWeights.withoutModel()),
                (float) configuration.decimal("recommend.diversity", DEFAULT_DIVERSITY, 0.01, 1),
                exploration(configuration),
                memory(configuration));
    }

    private static Limits limits(Configuration configuration) {
        Limits defaults = Limits.defaults();
        return new Limits(
                limit(configuration, "recommend.candidates.vector", defaults.vector),
                limit(configuration, "recommend.candidates.topics", defaults.topics),
                limit(configuration, "recommend.candidates.co-visitation", defaults.coVisitation),
                limit(configuration, "recommend.candidates.trending", defaults.trending),
                limit(configuration, "recommend.candidates.new-items", defaults.newItems),
                configuration.integer("recommend.candidates.ridge", defaults.ridge, 0, Limits.LARGEST_SUM));
    }

    private static int limit(Configuration configuration, String key, int defaultValue) {
        return configuration.integer(key, defaultValue, 1, Limits.LARGEST_SUM);
    }

    private static Exploration exploration(Configuration configuration) {
        Exploration defaults = Exploration.defaults();
        return new Exploration(
                configuration.decimal("recommend.exploration.rate", defaults.rate(), 0, 0.5),
                configuration.integer("recommend.exploration.first-place", defaults.firstPlace(), 0, 200),
                configuration.integer("recommend.exploration.alternatives", defaults.alternatives(), 1, 100));
    }

    private static Memory memory(Configuration configuration) {
        Memory defaults = Memory.defaults();
        return new Memory(
                configuration.integer("recommend.memory.explained", defaults.explained, 1, Memory.LARGEST),
                configuration.integer("recommend.memory.pages", defaults.pages, 1, Memory.LARGEST),
                configuration.duration(
                        "recommend.memory.page-life", defaults.pageLife, Duration.ofSeconds(1), Duration.ofDays(1)));
    }
}
