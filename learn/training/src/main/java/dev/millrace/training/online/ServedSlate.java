package dev.millrace.training.online;

import dev.millrace.model.ActionType;
import dev.millrace.model.FloatMap;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * A slate that was served by a model with a delta, and what the user did with it. Owned by the learner.
 *
 * <p>What came back is kept as bits by place; a slate's further places are not learnt from.
 */
final class ServedSlate {
    static final int MOST_PLACES = Long.SIZE;

    private final UserId user;
    private final long millis;
    private final String model;
    private final List<ItemId> items;
    private final float[] scores;
    private final List<ItemId> history;
    private final List<FloatMap> foretold;
    /** Bits by place, of each action. */
    private final long[] actions = new long[ActionType.values().length];

    private @Nullable Map<String, Float> offsets;

    ServedSlate(
            UserId user,
            long millis,
            String model,
            List<ItemId> items,
            float[] scores,
            List<ItemId> history,
            List<FloatMap> foretold) {
        this.user = user;
        this.millis = millis;
        this.model = model;
        this.items = items;
        this.scores = scores;
        this.history = history;
        this.foretold = foretold;
    }

    UserId user() {
        return user;
    }

    /** When it was served. */
    long millis() {
        return millis;
    }

    /** The label of the model and the delta that made it. */
    String model() {
        return model;
    }

    int size() {
        return items.size();
    }

    ItemId item(int place) {
        return items.get(place);
    }

    float score(int place) {
        return scores[place];
    }

    /** The user's positive actions before it, oldest first. */
    List<ItemId> history() {
        return history;
    }

    /** Who clicks has seen. */
    boolean isShown(int place) {
        return (shown() & 1L << place) != 0;
    }

    boolean isClicked(int place) {
        return has(ActionType.CLICK, place);
    }

    boolean has(ActionType action, int place) {
        return (actions[action.code()] & 1L << place) != 0;
    }

    int shownCount() {
        return Long.bitCount(shown());
    }

    int clickedCount() {
        return Long.bitCount(actions[ActionType.CLICK.code()]);
    }

    private long shown() {
        return actions[ActionType.IMPRESSION.code()] | actions[ActionType.CLICK.code()];
    }

    void act(ActionType action, ItemId item) {
        int place = items.indexOf(item);
        actions[action.code()] |= place < 0 ? 0 : 1L << place;
    }

    /** What a ranker foretold of the item at a place; empty where none did. */
    FloatMap foretold(int place) {
        return foretold.get(place);
    }

    boolean isForetold() {
        return foretold.stream().anyMatch(probabilities -> !probabilities.isEmpty());
    }

    /** What had been added to the ranker's log-odds, by action; null while nobody has said so, and it is not to be learnt from. */
    @Nullable
    Map<String, Float> offsets() {
        return offsets;
    }

    void madeWith(Map<String, Float> added) {
        offsets = added;
    }
}
