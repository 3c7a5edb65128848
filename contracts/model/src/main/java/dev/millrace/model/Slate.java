package dev.millrace.model;

import java.util.List;
import java.util.Map;

/**
 * An answer: the items in order, and how they came about.
 *
 * @param arm what made the answer
 * @param model the version of the model that scored it; empty where none did
 * @param stages the time that each stage took, in the order in which they ran
 * @param degradations what failed, was late or was skipped; empty for a whole answer
 */
public record Slate(
        RecommendationId id,
        String arm,
        String model,
        List<Entry> entries,
        List<StageTime> stages,
        List<Degradation> degradations) {
    public Slate {
        entries = List.copyOf(entries);
        stages = List.copyOf(stages);
        degradations = List.copyOf(degradations);
    }

    /**
     * One item of the answer.
     *
     * @param score the value by which it was ordered
     * @param propensity the probability with which the policy puts an item like this at this place, in (0, 1]
     * @param sources the candidate sources that proposed it, best first
     * @param reason a sentence for people
     * @param why how the score came about; nothing in it unless the query asked to explain
     */
    public record Entry(ItemId item, float score, float propensity, List<String> sources, String reason, Why why) {
        public Entry {
            sources = List.copyOf(sources);
        }
    }

    /**
     * How a score came about.
     *
     * @param parts what adds up to the score, by name
     * @param probabilities what a ranker foretells of each action, by the action's name; empty where none did
     */
    public record Why(Map<String, Float> parts, Map<String, Float> probabilities) {
        /** Nothing is told. */
        public static final Why UNTOLD = new Why(Map.of(), Map.of());

        public Why {
            parts = FloatMap.copyOf(parts);
            probabilities = FloatMap.copyOf(probabilities);
        }
    }

    /** What one stage took, in wall-clock microseconds, and how it ended: {@code ok}, {@code failed}, {@code late}, {@code skipped}. */
    public record StageTime(String stage, long micros, String outcome) {}

    /** A part of the answer that is missing, and why. */
    public record Degradation(String stage, String reason) {}
}
