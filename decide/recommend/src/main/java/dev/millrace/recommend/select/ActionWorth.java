package dev.millrace.recommend.select;

import dev.millrace.model.ActionType;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Configuration;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What an action of each kind is worth: a ranker's probabilities times these, summed up, are what is expected of showing an item.
 * Immutable.
 */
public final class ActionWorth {
    private static final float LARGEST = 1_000;

    private final Map<ActionType, Float> worths;

    private ActionWorth(Map<ActionType, Float> worths) {
        this.worths = worths;
    }

    /** A click is the unit; what takes more of people is worth more, and a complaint costs as much as ten clicks bring. */
    public static ActionWorth defaults() {
        Map<ActionType, Float> worths = new EnumMap<>(ActionType.class);
        worths.put(ActionType.CLICK, 1f);
        worths.put(ActionType.LONG_VIEW, 1f);
        worths.put(ActionType.LIKE, 2f);
        worths.put(ActionType.FOLLOW, 4f);
        worths.put(ActionType.COMMENT, 3f);
        worths.put(ActionType.SHARE, 4f);
        worths.put(ActionType.COMPLAINT, -10f);
        return new ActionWorth(worths);
    }

    /** Reads {@code PREFIX.click}, {@code PREFIX.long-view} and so on. */
    public static ActionWorth from(Configuration configuration, String prefix) {
        Map<ActionType, Float> worths = new EnumMap<>(ActionType.class);
        defaults().worths.forEach((action, worth) -> {
            String key = prefix + "." + action.name().toLowerCase(Locale.ROOT).replace('_', '-');
            worths.put(action, (float) configuration.decimal(key, worth, -LARGEST, LARGEST));
        });
        return new ActionWorth(worths);
    }

    /** The same but for one kind. */
    public ActionWorth with(ActionType action, float worth) {
        if (!(Math.abs(worth) <= LARGEST)) {
            throw new InvalidValueException("worth of " + action, "is " + worth + "; give -1000 to 1000");
        }
        Map<ActionType, Float> changed = new EnumMap<>(worths);
        changed.put(action, worth);
        return new ActionWorth(changed);
    }

    public float of(ActionType action) {
        return worths.getOrDefault(action, 0f);
    }
}
