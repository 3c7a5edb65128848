package dev.millrace.training.online;

import dev.millrace.model.ActionType;
import dev.millrace.model.UserId;
import dev.millrace.models.delta.LogOdds;
import dev.millrace.training.online.belief.Belief;
import dev.millrace.training.online.belief.Comparison;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is to be added to the log-odds that a ranker gives each action, learnt from what followed the impressions that it scored.
 * Owned by the learner.
 *
 * <p>Idea: between what a ranker learnt from and what comes, people do more or less of an action than they did. One number per action
 * follows that, and leaves the order of candidates within the action as it is. Each is a {@link Belief} that wanders around zero, the
 * ranker's own opinion: what was seen longer ago counts less, a step is bounded, and so is the number.
 *
 * <p>Impressions that are held out are not learnt from. On them, what was told is compared with what the ranker alone would have
 * said; where that would have been better by four standard errors, the number goes back to zero, and is held there for a while.
 */
public final class RankerCalibration {
    /** How far rates are believed to wander, in nats squared: a quarter of a nat, which is a click rate of 0.3 that becomes 0.25 or 0.35. */
    private static final double VARIANCE = 0.06;

    /** After so long a third is left of what is not seen again: with it goes how fast rates are believed to wander. */
    private static final double LIFE_MILLIS = Duration.ofDays(7).toMillis();

    private static final Belief.Bound BOUND = new Belief.Bound(0.05, 1.5);

    /** Impressions that the comparison is over. */
    private static final double WINDOW = 4_000;
    /** In standard errors, as for what is learnt of items. */
    private static final double WORSE = 4;

    private static final Map<String, ActionType> ACTIONS = Arrays.stream(ActionType.values())
            .collect(Collectors.toMap(action -> action.name().toLowerCase(Locale.ROOT), action -> action));

    private final Duration freeze;
    private final SortedMap<String, Head> heads = new TreeMap<>();

    /** @param freeze how long nothing is learnt of an action after its number went back to zero */
    public RankerCalibration(Duration freeze) {
        this.freeze = freeze;
    }

    /**
     * What followed an impression, once all has that may.
     *
     * @param told the probability of the action that the answer was made by
     * @param offset what was added to the ranker's log-odds for it
     * @param millis when the answer was made
     */
    public record Outcome(String action, double told, double offset, boolean followed, long millis) {
        /** What the ranker alone would have told. */
        double untouched() {
            return LogOdds.shifted(told, -offset);
        }

        double loss(double probability) {
            return -Math.log(Math.max(1e-9, followed ? probability : 1 - probability));
        }
    }

    private static final class Head {
        private Belief offset;
        private Comparison comparison = new Comparison(WINDOW);
        /** What was told before says nothing of what is believed now. */
        private long comparedFromMillis = Long.MIN_VALUE;

        private long frozenUntilMillis = Long.MIN_VALUE;
        private String wrong = "";

        Head(double offset, long millis) {
            this.offset = new Belief(offset, VARIANCE, millis);
        }

        void learn(Outcome outcome) {
            double probability = LogOdds.shifted(outcome.untouched(), offset.mean());
            offset.forget(outcome.millis(), VARIANCE, LIFE_MILLIS);
            offset.step(probability - (outcome.followed() ? 1 : 0), probability * (1 - probability), 0, BOUND);
        }

        /** Whether the ranker alone was better of late. */
        boolean isWorse(Outcome outcome) {
            if (outcome.offset() == 0 || outcome.millis() < comparedFromMillis) {
                return false;
            }
            comparison.add(outcome.loss(outcome.told()) - outcome.loss(outcome.untouched()));
            return comparison.isTelling() && comparison.score() > WORSE;
        }

        void rollBack(String why, long nowMillis, Duration freeze) {
            wrong = why;
            offset = new Belief(0, VARIANCE, nowMillis);
            comparison = new Comparison(WINDOW);
            comparedFromMillis = nowMillis;
            frozenUntilMillis = nowMillis + freeze.toMillis();
        }
    }

    /**
     * Learns from what followed an impression, or compares by it.
     *
     * @return what was wrong and is put back, or null
     */
    @Nullable
    String observe(ForetoldSlates.Impression impression, long nowMillis) {
        ForetoldSlates.Slate slate = impression.slate();
        boolean isHeldOut = isHeldOut(slate.user());
        String wrong = null;
        for (int head = 0; head < impression.headCount(); head++) {
            String label = impression.label(head);
            ActionType action = ACTIONS.get(label);
            if (action != null) {
                Outcome outcome = new Outcome(
                        label,
                        impression.told(head),
                        slate.correction().offsets().getOrDefault(label, 0f),
                        impression.has(action),
                        slate.time().toEpochMilli());
                String found = observe(outcome, isHeldOut, nowMillis);
                wrong = found == null ? wrong : found;
            }
        }
        return wrong;
    }

    /**
     * Learns from one action of an impression, or compares by it.
     *
     * @param isHeldOut whether it is compared by, and not learnt from
     * @return what was wrong and is put back, or null
     */
    public @Nullable String observe(Outcome outcome, boolean isHeldOut, long nowMillis) {
        if (!(outcome.told() > 0 && outcome.told() < 1)) {
            return null; // nothing was foretold of it
        }
        Head head = heads.computeIfAbsent(outcome.action(), _ -> new Head(0, outcome.millis()));
        if (!isHeldOut) {
            if (nowMillis >= head.frozenUntilMillis) {
                head.learn(outcome);
            }
            return null;
        }
        if (!head.isWorse(outcome)) {
            return null;
        }
        String wrong = String.format(
                Locale.ROOT,
                "calibrated, the ranker foretells the action %s of held-out users worse than alone, by %.4f nats an impression, %.1f"
                        + " standard errors; it answers alone",
                outcome.action(),
                head.comparison.mean(),
                head.comparison.score());
        head.rollBack(wrong, nowMillis, freeze);
        return wrong;
    }

    /** Whether a user's impressions are compared by. */
    public static boolean isHeldOut(UserId user) {
        return Guard.isHeldOut(user);
    }

    /** What is believed of an action now. */
    public double offset(String action) {
        Head head = heads.get(action);
        return head == null ? 0 : head.offset.mean();
    }

    /** Why nothing is learnt of an action; null where something is of all. */
    @Nullable
    String wrong(long nowMillis) {
        String reasons = heads.values().stream()
                .filter(head -> nowMillis < head.frozenUntilMillis)
                .map(head -> head.wrong)
                .collect(Collectors.joining("; "));
        return reasons.isEmpty() ? null : reasons;
    }

    /** What is believed at a time, by action, to be published. */
    SortedMap<String, Float> offsets(long nowMillis) {
        SortedMap<String, Float> offsets = new TreeMap<>();
        heads.forEach((action, head) -> {
            head.offset.forget(nowMillis, VARIANCE, LIFE_MILLIS);
            offsets.put(action, (float) head.offset.mean());
        });
        return offsets;
    }

    /** Begins anew with what was published: nothing is frozen. */
    void restore(Map<String, Float> offsets, long nowMillis) {
        heads.clear();
        offsets.forEach((action, offset) -> heads.put(action, new Head(offset, nowMillis)));
    }
}
