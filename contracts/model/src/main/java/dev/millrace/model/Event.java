package dev.millrace.model;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/** Something that happened, as the event log keeps it: all state is a fold over these. */
public sealed interface Event {
    /** The name under which a repetition is recognised. */
    EventId id();

    /** When it happened, by the caller's clock. */
    Instant timestamp();

    /**
     * A user did something with an item.
     *
     * @param value what the action's type gives it: the rating, the seconds watched; 1 where there is nothing to say
     * @param recommendation the slate that led to it, where one did
     */
    record Action(
            EventId id,
            Instant timestamp,
            UserId user,
            ItemId item,
            ActionType type,
            double value,
            @Nullable RecommendationId recommendation)
            implements Event {
        public Action {
            if (!Double.isFinite(value)) {
                throw new InvalidValueException("value", value + " is not a finite number");
            }
        }
    }

    /** An item was added or replaced whole. */
    record ItemUpserted(EventId id, Instant timestamp, Item item) implements Event {}

    /** An item was removed from the catalogue. */
    record ItemDeleted(EventId id, Instant timestamp, ItemId item) implements Event {}

    /** A user's attributes were added or replaced whole. */
    record UserUpserted(EventId id, Instant timestamp, User user) implements Event {}

    /** A user was removed with everything that is known of them. */
    record UserDeleted(EventId id, Instant timestamp, UserId user) implements Event {}

    /**
     * An answer was given.
     *
     * @param arm what made the answer: a scenario's pipeline, later an experiment's arm
     * @param model the version of the model that scored it; empty where none did
     */
    record SlateServed(
            EventId id,
            Instant timestamp,
            UserId user,
            RecommendationId recommendation,
            String arm,
            String model,
            List<SlateEntry> entries)
            implements Event {
        public SlateServed {
            entries = List.copyOf(entries);
            FloatMap foretold = foretold(entries);
            for (SlateEntry entry : entries) {
                if (!entry.probabilities().isEmpty() && !entry.probabilities().hasLabelsOf(foretold)) {
                    throw new InvalidValueException(
                            "entries",
                            "foretell " + foretold.keySet() + " of one item and "
                                    + entry.probabilities().keySet() + " of " + entry.item()
                                    + "; give the same actions in the same order for all, or none");
                }
            }
        }

        /** What was foretold of the first item of which anything was; so it has the actions that were foretold. */
        public FloatMap foretold() {
            return foretold(entries);
        }

        private static FloatMap foretold(List<SlateEntry> entries) {
            for (SlateEntry entry : entries) {
                if (!entry.probabilities().isEmpty()) {
                    return entry.probabilities();
                }
            }
            return FloatMap.EMPTY;
        }
    }

    /**
     * One position of a served slate, as it is needed for learning.
     *
     * @param probabilities what a ranker foretold of each action, by the action's name, as the answer had it; empty where none did
     */
    record SlateEntry(ItemId item, float score, float propensity, String source, FloatMap probabilities) {
        /** An entry of which no ranker foretold anything. */
        public SlateEntry(ItemId item, float score, float propensity, String source) {
            this(item, score, propensity, source, FloatMap.EMPTY);
        }
    }
}
