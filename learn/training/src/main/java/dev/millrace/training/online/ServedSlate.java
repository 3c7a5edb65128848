package dev.millrace.training.online;

import dev.millrace.model.ActionType;
import dev.millrace.model.ItemId;
import dev.millrace.model.UserId;

import java.util.List;

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
    /** Bits by place, of each action. */
    private final long[] actions = new long[ActionType.values().length];

    ServedSlate(UserId user, long millis, String model, List<ItemId> items, float[] scores, List<ItemId> history) {
        this.user = user;
        this.millis = millis;
        this.model = model;
        this.items = items;
        this.scores = scores;
        this.history = history;
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
}
