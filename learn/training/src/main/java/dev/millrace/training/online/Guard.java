package dev.millrace.training.online;

import dev.millrace.model.UserId;
import dev.millrace.models.delta.ModelDelta;
import dev.millrace.training.online.belief.Comparison;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Watches whether learning helps, on users of whom nothing is learnt: each of their slates is predicted by the trained
 * model alone, by what is believed now, and by the deltas published last. Owned by the learner.
 *
 * <p>It trips where what is believed or served predicts worse than the trained model alone, and where the rate of clicks
 * jumps or vanishes: robots, or a client that lost its clicks, and no change of taste. A real loss of clicks does not trip
 * it: then predictions get better by learning.
 */
final class Guard {
    /** One user in so many is held out. */
    private static final int HELD_OUT = 5;

    private static final int KEPT = 4;
    /** Slates that a comparison is over. */
    private static final double SLATES = 400;

    /** In standard errors; it is looked at after every slate, so that 3 would be met by chance within the hour. */
    private static final double WORSE = 4;

    private final OnlineModel model;
    private final Comparison believed = new Comparison(SLATES);
    /** Newest first. */
    private final Deque<Candidate> published = new ArrayDeque<>();

    private final ClickRateWatch clickRate = new ClickRateWatch();
    private double loss;
    private double lossWithout;
    private double heldOutSlates;

    private record Candidate(PublishedDelta delta, Comparison comparison) {}

    Guard(OnlineModel model) {
        this.model = model;
    }

    static boolean isHeldOut(UserId user) {
        int hash = user.hashCode() * 0x9E3779B9;
        return (hash >>> 8) % HELD_OUT == 0;
    }

    /** From here on, the delta is compared as well; the oldest of more than are kept is not any more. */
    void published(PublishedDelta delta) {
        published.addFirst(new Candidate(delta, new Comparison(SLATES)));
        if (published.size() > KEPT) {
            published.removeLast();
        }
    }

    /** @return what is wrong, or null */
    @Nullable
    String observe(PreparedSlate slate) {
        String wrong =
                clickRate.observe(slate.slate().shownCount(), slate.slate().clickedCount());
        if (wrong != null || !isHeldOut(slate.slate().user()) || !model.isComparable()) {
            return wrong;
        }
        double without = loss(slate, null);
        double now = loss(slate, model);
        believed.add(now - without);
        loss += now;
        lossWithout += without;
        heldOutSlates++;
        for (Candidate candidate : published) {
            candidate.comparison.add(loss(slate, candidate.delta) - without);
        }
        return worse();
    }

    private @Nullable String worse() {
        if (isWorse(believed)) {
            return message("what was learnt", believed);
        }
        Candidate served = published.peekFirst();
        return served != null && isWorse(served.comparison)
                ? message("delta " + served.delta.delta().sequence(), served.comparison)
                : null;
    }

    private static boolean isWorse(Comparison comparison) {
        return comparison.isTelling() && comparison.score() > WORSE;
    }

    private static String message(String what, Comparison comparison) {
        return String.format(
                java.util.Locale.ROOT,
                "%s predicts held-out users worse than the trained model, by %.4f nats a slate, %.1f standard errors",
                what,
                comparison.mean(),
                comparison.score());
    }

    private double loss(PreparedSlate slate, @Nullable Corrections corrections) {
        double sum = 0;
        for (int place = 0; place < slate.slate().size(); place++) {
            if (slate.slate().isShown(place)) {
                double probability = corrections == null
                        ? model.probabilityWithout(slate, place)
                        : model.probability(slate, corrections, place);
                sum -= Math.log(Math.max(1e-9, slate.slate().isClicked(place) ? probability : 1 - probability));
            }
        }
        return sum;
    }

    /** The delta published last that predicts best, where it predicts better than the trained model alone; else null. */
    @Nullable
    ModelDelta best() {
        Candidate best = null;
        for (Candidate candidate : published) {
            if (candidate.comparison.isTelling()
                    && candidate.comparison.mean() < (best == null ? 0 : best.comparison.mean())) {
                best = candidate;
            }
        }
        return best == null ? null : best.delta.delta();
    }

    /** The mean loss of a held-out slate since the last call, with and without what was learnt; NaN without any. */
    Losses takeLosses() {
        Losses losses = new Losses(loss / heldOutSlates, lossWithout / heldOutSlates, believed.score());
        loss = 0;
        lossWithout = 0;
        heldOutSlates = 0;
        return losses;
    }

    /** @param score of the difference of late, in standard errors: below 0, learning helps */
    record Losses(double with, double without, double score) {}
}
